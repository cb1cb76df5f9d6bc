"""Arguments that make no sense are usage errors, and the changing line behaves on a terminal and in a log."""

import io

import pytest

from smppkit.cli import main
from smppkit.cli.live import Line


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["smsc", "--port", "70000"], "give 0 to 65,535"),
        (["smsc", "--delay", "soon"], "'soon' is not a number from 0 on"),
        (["smsc", "--states", "DELIVERED"], "gives no share"),
        (["bench", "--messages", "0"], "give 1 to 1,000,000"),
        (["bench", "--window", "many"], "'many' is not a window"),
        (["send", "smpp://localhost", "+447700900123"], "TEXT"),
        (["send", "smpp://localhost", "+447700900123", "Hello", "--wait", "-1"], "'-1' is not a number from 0 on"),
        (["read", "a.pcap", "--rows", "-1"], "'-1' is not a number of rows"),
        (["read", "a.pcap", "--port", "0"], "give 1 to 65,535"),
    ],
)
def test_a_usage_error_names_the_argument(arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_on_a_terminal_the_line_changes_and_goes_away() -> None:
    screen = Terminal()
    line = Line(screen, iter([0.0, 0.1, 1.0]).__next__)
    line.show("a long text")
    line.show("too soon")
    line.show("short")
    line.end()
    assert screen.getvalue() == "\ra long text\rshort      \r     \r"


def test_elsewhere_lines_are_plain_and_seldom() -> None:
    screen = io.StringIO()
    line = Line(screen, iter([0.0, 1.0, 6.0]).__next__)
    for number in range(3):
        line.show(f"{number} sent")
    line.end()
    assert screen.getvalue() == "0 sent\n2 sent\n"
