"""Beam's options, and the views that Beam takes of them."""

import copy
import pickle

from apache_beam.options.pipeline_options import GoogleCloudOptions, PipelineOptions, SetupOptions

from pipeline.runners.options import Options

WORDS = ["--project=p", "--impersonate_service_account=someone@example.com", "--setup_file=setup.py"]


def test_views_are_made_once_and_share_what_they_hold() -> None:
    ours, its = Options(WORDS), PipelineOptions(WORDS)
    for options in (ours, its):
        options.view_as(GoogleCloudOptions).project = "other"
        assert options.view_as(GoogleCloudOptions).project == "other"
        assert options.view_as(SetupOptions).setup_file == "setup.py"
    assert ours.view_as(GoogleCloudOptions) is ours.view_as(GoogleCloudOptions)
    assert ours.get_all_options() == its.get_all_options()


def test_a_copy_has_views_of_its_own() -> None:
    options = Options(WORDS)
    options.view_as(GoogleCloudOptions)
    other = copy.deepcopy(options)
    other.view_as(GoogleCloudOptions).project = "other"
    assert options.view_as(GoogleCloudOptions).project == "p"


def test_what_beam_keeps_out_of_pickles_is_in_no_view_either() -> None:
    options = Options(WORDS)
    assert options.view_as(GoogleCloudOptions).impersonate_service_account
    pickled = pickle.loads(pickle.dumps(options))
    assert pickled.view_as(GoogleCloudOptions).impersonate_service_account is None
    assert "_views" not in options.__getstate__()
