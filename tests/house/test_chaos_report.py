"""The page of the fault runs says what their results say: kills, losses, and what is red."""

from pathlib import Path

import pytest

from tools.chaos_report import main, report

RESULTS = """<?xml version="1.0"?>
<testsuites><testsuite name="pytest" timestamp="2026-11-22T03:00:00.000+00:00">
<testcase classname="tests.chaos.test_senders" name="test_killed_at_a_point[1]" time="60.4"><properties>
  <property name="criterion R1" value="Nobody twice." /><property name="kills" value="1" />
  <property name="messages" value="1600" />
  <property name="twice" value="0" /><property name="lost" value="0" />
  <property name="unknown" value="7" /><property name="settled_s" value="21.5" /></properties></testcase>
<testcase classname="tests.chaos.test_senders" name="test_killed_at_a_point[2]" time="30"><properties>
  <property name="criterion R1" value="Nobody twice." /><property name="kills" value="2" />
  <property name="messages" value="600" />
  <property name="twice" value="1" /><property name="lost" value="0" />
  <property name="unknown" value="0" /><property name="settled_s" value="3.25" /></properties>
  <failure message="twice" /></testcase>
<testcase classname="tests.channels.test_paper" name="test_no_cell" time="0.1"><properties>
  <property name="criterion R17" value="No formula." /></properties></testcase>
<testcase classname="tests.channels.test_paper" name="test_of_no_criterion" time="0.1" />
<testcase classname="tests.chaos.test_senders" name="test_left_out" time="0"><properties>
  <property name="criterion R1" value="Nobody twice." /></properties><skipped message="" /></testcase>
</testsuite></testsuites>
"""


@pytest.fixture
def results(tmp_path: Path) -> Path:
    file = tmp_path / "chaos.xml"
    file.write_text(RESULTS)
    return file


def test_runs_of_one_test_are_one_line_with_their_sums(results: Path) -> None:
    page = report([results], cores=2, load=0.5)
    assert "| R1 | killed at a point (2 times) | 3 | 2,200 | 1 | 0 | 7 | 21.5 | 90 | **1 red** |" in page
    assert "| R17 | no cell | – | – | – | – | – | – | 0 | green |" in page
    assert "**3 runs, 1 red, 2 minutes; 3 kills, 2,200 messages, 1 twice, 0 lost, 7 unknown.**" in page
    assert "- **R1** Nobody twice. (tests/chaos/test_senders.py)" in page
    assert "left out" not in page and "of no criterion" not in page


def test_a_test_run_again_counts_as_its_last_run(results: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.xml"
    again.write_text(
        RESULTS.replace('<failure message="twice" />', "").replace(
            'name="twice" value="1"', 'name="twice" value="0"'
        )
    )
    assert "3 runs, none red" in report([results, again], cores=2, load=0.5)


def test_without_results_nothing_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "chaos.md"
    assert main([str(tmp_path / "none.xml"), str(page)]) == 2
    assert not page.exists()
    assert "make chaos" in capsys.readouterr().out
