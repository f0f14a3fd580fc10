"""What `langloom publish` does to a repository, and says of it."""

import json
from pathlib import Path

import pytest
from published_output import make_output, shards
from publishing import NAME, Publish, hashes, held

from sinks.hub.names import tag_of
from tests.fakes.hub import READER, TOKEN, Hub
from tests.fakes.hub_faults import Fault
from tests.fakes.hub_repositories import regular


def test_an_output_is_published_private_in_one_commit(hub: Hub, output: Path, publish: Publish) -> None:
    said = publish(output)
    assert said.status == 0, said.err
    assert said.out.startswith(f"{hub.url}/datasets/{NAME} (main, private): 6 added (")
    there = hub.repositories[NAME]
    assert there.private
    assert [commit.title for commit in there.history()] == ["Publish demo", "initial commit"]
    assert hashes(hub) == shards(output)
    assert set(held(hub)) == {"README.md", "manifest.json", *shards(output)}
    assert held(hub)["manifest.json"].data == (output / "manifest.json").read_bytes()
    card = held(hub)["README.md"].data.decode()
    assert f"load_dataset('{NAME}', 'stage1')" in card
    assert card == (output / "README.md").read_text().replace("'path/to/this/folder'", f"'{NAME}'")


def test_the_same_again_is_nothing_to_do(hub: Hub, output: Path, publish: Publish) -> None:
    publish(output)
    seen = len(hub.log)
    said = publish(output)
    assert said.status == 0
    assert "holds this data set already (name:demo|seed:17|" in said.out
    assert {entry.method for entry in hub.log[seen:]} == {"GET"}
    assert len(hub.repositories[NAME].history()) == 2


def test_shards_of_an_earlier_run_go_in_the_same_commit(
    hub: Hub, output: Path, publish: Publish, tmp_path: Path
) -> None:
    publish(make_output(tmp_path / "before", ["stage1", "old"], run="before"), "--with-rejects")
    there = hub.repositories[NAME]
    tree = there.tree()
    there.commit("main", "by hand", {**tree, "data/notes.txt": regular(b"n"), "LICENSE": regular(b"l")})
    said = publish(output)
    assert "6 replaced, 5 deleted" in said.out
    assert set(held(hub)) == {"README.md", "manifest.json", "data/notes.txt", "LICENSE", *shards(output)}
    assert {path: file for path, file in hashes(hub).items() if file} == shards(output)
    assert [commit.title for commit in there.history()][:3] == ["Publish demo", "by hand", "Publish demo"]


def test_a_dry_run_says_what_would_be_sent_and_changes_nothing(
    hub: Hub, output: Path, publish: Publish, tmp_path: Path
) -> None:
    said = publish(output, "--dry-run", "--tag", "v1")
    assert said.status == 0
    assert "added  data/stage1/train-00000-of-00003.parquet" in said.out
    assert "6 added" in said.out and "tagged; nothing was sent (--dry-run)" in said.out
    assert not hub.repositories
    publish(make_output(tmp_path / "before", ["old"], run="before"))
    seen = len(hub.log)
    said = publish(output, "--dry-run", "--json")
    report = json.loads(said.out)
    assert (report["state"], report["created"], report["did"]) == ("planned", False, ["committed"])
    assert [file["path"] for file in report["files"] if file["change"] == "replaced"] == ["README.md", "manifest.json"]
    assert report["deleted"] == sorted(path for path in hashes(hub))
    assert {entry.method for entry in hub.log[seen:]} == {"GET"}
    publish(output)
    assert json.loads(publish(output, "--dry-run", "--json").out)["state"] == "unchanged"


def test_json_tells_what_was_sent(hub: Hub, output: Path, publish: Publish) -> None:
    report = json.loads(publish(output, "--json").out)
    assert report["state"] == "published"
    assert report["commit"] == hub.repositories[NAME].branches["main"]
    assert report["private"] and report["created"] and report["tag"] is None
    sent = {file["path"]: file["sha256"] for file in report["files"]}
    assert {path: sent[path] for path in shards(output)} == shards(output)


def test_rejects_are_sent_where_asked_for(hub: Hub, output: Path, publish: Publish) -> None:
    publish(output, "--with-rejects")
    assert "rejects/part-00000-of-00001.parquet" in held(hub)
    assert "1 deleted" in publish(output).out
    assert "rejects/part-00000-of-00001.parquet" not in held(hub)


def test_public_opens_once_all_is_there(hub: Hub, output: Path, publish: Publish) -> None:
    said = publish(output, "--public")
    assert "(main, public)" in said.out and "opened" in said.out
    methods = [(entry.method, entry.path.rpartition("/")[2]) for entry in hub.log]
    assert methods.index(("POST", "main")) < methods.index(("PUT", "settings"))
    assert not hub.repositories[NAME].private
    said = publish(output)  # who has seen it may have linked to it
    assert not hub.repositories[NAME].private
    assert "public" in said.out and "nothing to do" in said.out
    assert f"{NAME} is public already: everybody will see what is sent" in said.err


@pytest.mark.parametrize(
    ("words", "tag"),
    [(["--tag", "v1.0"], "v1.0"), (["--tag", "signature"], "seed-17_limit-none_recipe-7692c3ad_version-0.1.0")],
)
def test_a_tag_names_the_commit(hub: Hub, output: Path, publish: Publish, words: list[str], tag: str) -> None:
    said = publish(output, *words)
    there = hub.repositories[NAME]
    assert (said.status, there.tags) == (0, {tag: there.branches["main"]})
    assert "nothing to do" in publish(output, *words).out
    publish(output, "--tag", "again")
    assert there.tags == {tag: there.branches["main"], "again": there.branches["main"]}


def test_a_tag_is_not_moved(hub: Hub, output: Path, publish: Publish, tmp_path: Path) -> None:
    publish(output, "--tag", "v1")
    other = make_output(tmp_path / "other", ["stage1"], run="two")
    said = publish(other, "--tag", "v1")
    assert said.status == 1
    assert f"{NAME} has a tag v1 already, on other contents" in said.err
    assert hashes(hub) == shards(output)
    publish(other)
    said = publish(output, "--tag", "v1")  # the same contents as at the tag, which needn't move
    assert said.status == 0 and hashes(hub) == hashes(hub, "v1") == shards(output)


def test_tags_of_signatures_are_git_s() -> None:
    assert tag_of("name:a b|seed:17|limit:none|recipe:26631cfe") == "seed-17_limit-none_recipe-26631cfe"


def test_another_branch(hub: Hub, output: Path, publish: Publish) -> None:
    assert ", branched; nothing was sent" in publish(output, "--revision", "next/v2", "--dry-run").out
    said = publish(output, "--revision", "next/v2")
    assert said.status == 0, said.err
    assert ", branched; commit " in said.out
    assert hashes(hub, "next/v2") == shards(output)
    assert not held(hub)
    publish(output)
    assert hashes(hub) == shards(output)
    said = publish(output, "--revision", "copy", "--dry-run")  # made of main, which holds all of it
    assert "no file changed (0 bytes), branched; nothing was sent" in said.out
    assert "no file changed (0 bytes), branched; commit " in publish(output, "--revision", "copy").out
    assert hashes(hub, "copy") == shards(output)
    assert "nothing to do" in publish(output, "--revision", "copy").out


def test_files_are_sent_side_by_side(hub: Hub, publish: Publish, tmp_path: Path) -> None:
    hub.latency = 0.05
    publish(make_output(tmp_path / "out"))
    assert len(hub.received) == 12
    assert hub.most_uploading == 4


def test_many_files_are_told_of_in_between(hub: Hub, publish: Publish, tmp_path: Path) -> None:
    said = publish(make_output(tmp_path / "out", [f"d{number}" for number in range(30)]))
    assert "16 of 122 files are there" in said.err
    assert len(hashes(hub)) == 120  # and more than a page of the tree
    assert "nothing to do" in publish(tmp_path / "out").out


def test_a_gitignore_leaves_nothing_out(hub: Hub, output: Path, publish: Publish) -> None:
    publish(output, "--revision", "other")
    hub.repositories[NAME].commit("main", "ignore", {".gitignore": regular(b"*.parquet\n")})
    assert publish(output).status == 0
    assert hashes(hub) == shards(output)


def test_a_branch_that_was_changed_by_hand_is_put_right(hub: Hub, output: Path, publish: Publish) -> None:
    publish(output)
    tree = hub.repositories[NAME].tree()
    shard = next(iter(shards(output)))
    hub.repositories[NAME].commit("main", "by hand", {**tree, shard: regular(b"other"), "README.md": regular(b"x")})
    assert "2 replaced" in publish(output).out
    assert hashes(hub) == shards(output)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--token", TOKEN], "a token is only ever named, as env:NAME or file:PATH"),
        (["--token", "env:NO_SUCH_TOKEN"], "--token: the token env:NO_SUCH_TOKEN isn't there"),
        (["--repo", "demo"], "--repo 'demo': expected OWNER/NAME"),
        (["--repo", "a/b/c"], "expected OWNER/NAME"),
        (["--repo", "../b"], "expected OWNER/NAME"),
        (["--revision", "a..b"], "--revision 'a..b'"),
        (["--revision", "/main"], "--revision '/main'"),
        (["--tag", "a b"], "--tag 'a b'"),
        (["--tag", "v1:2"], "--tag 'v1:2'"),
    ],
)
def test_wrong_arguments(hub: Hub, output: Path, publish: Publish, words: list[str], message: str) -> None:
    said = publish(output, *words)
    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert not hub.log


def test_who_may_not_write_is_told(
    hub: Hub, output: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = publish(output, repo="them/demo")
    assert said.status == 1
    assert "creating them/demo: the Hub answered 403 (You don't have the rights to create" in said.err
    monkeypatch.setenv("OTHER", "hf_unknownTokenOfNobody")
    said = publish(output, "--token", "env:OTHER")
    assert said.status == 1 and "401 (Invalid credentials" in said.err and "unknownToken" not in said.err
    monkeypatch.setenv("OTHER", READER)
    said = publish(output, "--token", "env:OTHER")
    assert said.status == 1 and "the token needs the right to write there" in said.err


@pytest.mark.parametrize("path", ["/revision/", "/preupload/", "/lfs/", "/commit/"])
def test_a_token_that_the_hub_repeats_is_struck(hub: Hub, output: Path, publish: Publish, path: str) -> None:
    hub.faults = [Fault(path, 400, headers={"x-error-message": f"what is {TOKEN} or {TOKEN[:12]}"})]
    said = publish(output)
    assert (said.status, said.out) == (1, "")
    assert "what is *** or ***" in said.err


def test_without_a_login(hub: Hub, output: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.publish.get_token", lambda: None)
    assert main_without_token(output) == 1
    monkeypatch.setattr("pipeline.publish.get_token", lambda: TOKEN)  # that of the Hub's own login
    assert main_without_token(output) == 0
    assert hashes(hub) == shards(output)


def main_without_token(output: Path) -> int:
    from pipeline.cli import main

    return main(["publish", str(output), "--repo", NAME])


def test_offline_is_said(hub: Hub, output: Path, publish: Publish, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    said = publish(output)
    assert said.status == 1
    assert "HF_HUB_OFFLINE is set, so that the Hub isn't asked: unset it to publish" in said.err
    assert not hub.log
