"""Beam with what we change in it: the same answers."""

import subprocess
import sys

import apache_beam as beam
from apache_beam.runners.worker.statesampler import StateSampler
from apache_beam.transforms import userstate
from apache_beam.transforms.userstate import BagStateSpec, TimerSpec, on_timer
from apache_beam.utils.counters import CounterFactory

from pipeline.runners.startup import SAMPLING_MS, Remembered, import_beam

BAG = BagStateSpec("bag", beam.coders.BytesCoder())
TIMER = TimerSpec("timer", beam.TimeDomain.WATERMARK)
OF_BAG, OF_TIMER = beam.DoFn.StateParam(BAG), beam.DoFn.TimerParam(TIMER)


class Stateful(beam.DoFn):
    def process(self, element, bag=OF_BAG, timer=OF_TIMER):  # type: ignore[no-untyped-def]
        yield element

    @on_timer(TIMER)
    def ring(self) -> None:
        """Do nothing."""


def test_what_a_step_declares_is_looked_for_once() -> None:
    asked = []
    remembered = Remembered(lambda dofn: asked.append(dofn) or ({BAG}, {TIMER}))
    one, other = Stateful(), Stateful()
    assert [remembered(each) for each in (one, other, one, other)] == [({BAG}, {TIMER})] * 4
    assert asked == [one, other]


def test_beam_finds_what_it_found_before() -> None:
    import_beam()
    changed = userstate.get_dofn_specs
    assert isinstance(changed, Remembered)
    import_beam()
    assert userstate.get_dofn_specs is changed
    for _ in range(2):
        assert userstate.get_dofn_specs(Stateful()) == ({BAG}, {TIMER})
        assert userstate.get_dofn_specs(beam.Map(str).fn) == (set(), set())
        assert userstate.is_stateful_dofn(Stateful())


def test_what_beam_would_import_for_nothing_isnt_imported_and_still_there() -> None:
    script = """
import sys
from pipeline.runners.startup import import_beam, uncollected
with uncollected():
    import_beam()
import pyarrow as pa
table = pa.table({"number": [1, None]})
assert not {"pandas", "pymongo"} & set(sys.modules), "imported"
assert table.to_pandas()["number"].isna().tolist() == [False, True]
assert pa.array(table.to_pandas()["number"], from_pandas=True).null_count == 1
import pandas, pymongo
import gc
assert gc.isenabled()
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_bundle_does_not_wait_long_for_the_next_look_at_its_steps() -> None:
    import_beam()
    sampler = StateSampler("step", CounterFactory())
    assert sampler.sampling_period_ms == SAMPLING_MS
