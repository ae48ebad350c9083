"""What programs order at the control interface: one class a command, its fields the parameters.

The names on the wire are the design's (S002-BOARD 5.5); docs/protocols/control.md has them all.
"""

import msgspec


class Command(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"
):
    """Base of all."""


class InitSystem(Command, frozen=True, kw_only=True):
    """Take the line list, and be told events from now on."""


class AnswerCall(Command, frozen=True, kw_only=True):
    """Let an inner line ring for a call from outside; they are connected when it is lifted."""

    trunk_line: str
    telephone: str = ""
    "Caller's number: the command is refused if another one is on the line. Empty: any."

    user_line: str = ""
    "Empty: the first idle inner line."


class MakeCallOut(Command, frozen=True, kw_only=True):
    """Ring an inner line; when it is lifted, take an outer line and call a number."""

    user_line: str
    callee_code: str


class CallOut(Command, frozen=True, kw_only=True):
    """MakeCallOut by its other name."""

    inner_no: str
    caller_no: str = msgspec.field(name="CallerNo")
    "The CALLED number; the design names it so."


class PlayVoc(Command, frozen=True, kw_only=True):
    """Play to the caller on an outer line; what was played before is stopped."""

    line: str
    files: tuple[str, ...]
    "Prompt names: `file:zh/menus/main`, `say:zh:digits/12`, ...; without a colon, a file."

    loop: bool = False


class StopPlay(Command, frozen=True, kw_only=True):
    """Stop what the caller on an outer line is played."""

    line: str


class Mute(Command, frozen=True, kw_only=True):
    """Let nobody hear who is on a line, or everybody again."""

    line: str
    on: bool = True


class Listen(Command, frozen=True, kw_only=True):
    """Ring an inner line, which then hears the call on a line; nobody hears it."""

    line: str
    user_line: str


class Conference(Command, frozen=True, kw_only=True):
    """Ring an inner line, which then joins the talk on a line."""

    line: str
    user_line: str


class HangUp(Command, frozen=True, kw_only=True):
    """Hang up a line."""

    line: str


class FindOutTelByLevel(Command, frozen=True, kw_only=True):
    """The call that has waited longest in a flow, or for a control number of this word."""

    level: str | int


COMMANDS: dict[str, type[Command]] = {kind.__name__: kind for kind in Command.__subclasses__()}
