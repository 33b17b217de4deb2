"""What can be wrong with what people hand in: nothing was sent, nothing was paid, the cure is theirs."""

from __future__ import annotations


class ProducerError(Exception):
    """The input cannot be used as it is; nothing was sent."""

    def __init__(self, **facts: object) -> None:
        self.facts = facts
        template = " ".join((type(self).__doc__ or type(self).__name__).split())
        super().__init__(template.format(**facts))


class PromptFileError(ProducerError):
    """{path}: the prompt file cannot be read."""


class PromptFileMissing(PromptFileError):
    """{path}: there is no such file; check the path."""


class PromptFileIsDirectory(PromptFileError):
    """{path}: this is a directory; name one prompt file in it."""


class PromptFileUnreadable(PromptFileError):
    """{path}: the file cannot be opened ({reason}); check that it is a file you may read."""


class PromptFileUnsupported(PromptFileError):
    """{path}: files ending in {suffix} are not supported; use .csv or .tsv (with a header row), .jsonl or
    .ndjson (an object a line), .txt (one prompt a line), or a campaign in .yaml that names one of them."""


class PromptFileEmpty(PromptFileError):
    """{path}: the file holds no prompt; put a header row and a row for each prompt in it (.txt: one prompt
    a line)."""


class PromptFileHeaderOnly(PromptFileError):
    """{path}: there is a header row and nothing below it; the first row names the columns, so add rows
    with prompts."""


class PromptFileNotText(PromptFileError):
    """{path}, line {line_no}, byte {byte_no}: not {encoding}; save the file as UTF-8 (spreadsheets call it
    "CSV UTF-8"), or: iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW"""


class PromptFileHasNul(PromptFileError):
    """{path}, line {line_no}: a NUL byte; this is a binary file (a spreadsheet?) or UTF-16 without a byte
    order mark: save it as UTF-8 text"""


class PromptLineTooLong(PromptFileError):
    """{path}, line {line_no}: the line is longer than {most} characters; is this a file of prompts?"""


class PromptFileBadQuotes(PromptFileError):
    """{path}, line {line_no}: {what}; close every quoted cell and write a quote inside one twice ("")."""


class PromptColumnUnclear(PromptFileError):
    """{path}: {problem}; columns there are: {columns}. Name the prompt's with --prompt-column (the first
    row must hold the names)."""


class PromptKeyUnclear(PromptFileError):
    """{path}, line {line_no}: no key is called {known}; keys there are: {keys}. Name the prompt's with
    --prompt-column."""


class ColumnNamedTwice(PromptFileError):
    """{path}: two columns are called {column}; give each its own name."""


class CampaignError(ProducerError):
    """The campaign cannot be sent as it is described."""


class CampaignYamlBroken(CampaignError):
    """{path}{place}: not the YAML of a campaign: {what}."""


class CampaignFileWrong(CampaignError):
    """{path}: {what}"""


class UnknownPlatform(CampaignError):
    """There is no platform called {name}{nearest}; there are chat_gpt, claude, gemini and perplexity."""


class UnknownMethod(CampaignError):
    """There is no method called {name}; there are standard, live and auto."""


class ModelNameInvalid(CampaignError):
    """{name} is no model name: write up to 128 letters, digits and . _ : / - signs."""


class ModelChoiceUnclear(CampaignError):
    """{text} names no platform's model: write PLATFORM=NAME, as in chat_gpt=gpt-4.1-mini."""


class ModelOfNobody(CampaignError):
    """A model is chosen for {platform}, which is not asked: add --platform {platform}, or leave it out."""


class ModelMissing(CampaignError):
    """No model is chosen for {platform}: write --model {platform}=NAME."""


class CampaignNumberInvalid(CampaignError):
    """{field} is {value}; it has to be {expected}."""


class CampaignNameInvalid(CampaignError):
    """The campaign's name has {length} characters; it has to have 1 to 128."""


class UnknownParameter(CampaignError):
    """No chosen platform knows the parameter {names}; known are: {known}."""


class ParameterNotKnown(CampaignError):
    """{platform} does not know the parameter {names}; it knows: {known}."""


class ParametersRefused(CampaignError):
    """{platform} with {model} would be refused: {problem}."""


class ModelsDoubtful(CampaignError):
    """{doubt}; nothing was sent. Choose another (promptrelay models lists them), or leave out
    --strict-models."""


class UnknownWord(CampaignError):
    """{field} is {value}; it has to be {expected}."""


class TemplateWrong(CampaignError):
    """{place}: {what}."""


class RefusedInput(ProducerError):
    """{path}: {count} of {total} rows cannot be sent; nothing was sent. Correct them, or leave them out with
    --skip-invalid. {lines}"""


class NothingToSend(ProducerError):
    """{path}: every row of the file is refused; nothing was sent. {lines}"""


class InputChanged(ProducerError):
    """{path}: the file changed while it was read; nothing was sent. Submit it again."""


class ScheduleError(ProducerError):
    """The schedule cannot be kept as it is described."""


class TimingUnclear(ScheduleError):
    """{what}: give either a cron expression (--cron "0 7 * * *") or an interval (--every 6h), in the
    campaign file under schedule: or as an option."""


class CronWrong(ScheduleError):
    """The cron expression {text} cannot be read: {what}. It has five fields, minute hour day-of-month month
    day-of-week, as in 0 7 * * 1-5."""


class CronNeverFires(ScheduleError):
    """The cron expression {text} never fires: no such day is in its months."""


class NoTimeLeft(ScheduleError):
    """{timing} has no time after now{why}."""


class ZoneUnknown(ScheduleError):
    """There is no time zone called {name}{nearest}; names are those of the tz database, as in
    Europe/Berlin."""


class IntervalWrong(ScheduleError):
    """{field}: {text} is no length of time; write a number and s, m, h, d or w, as in 6h."""


class MomentWrong(ScheduleError):
    """{field}: {text} is no date or time; write 2026-12-01 or 2026-12-01 07:30."""


class StartAfterEnd(ScheduleError):
    """The start {start} is after the end {end}."""


class JitterTooLong(ScheduleError):
    """jitter: {jitter} is longer than the {gap} between two times of the schedule."""


class CapTooSmall(ScheduleError):
    """The monthly cap {cap} does not pay for one run, which is expected to cost {cost}."""


class ReadingFailed(ScheduleError):
    """{path}: reading it failed in an unforeseen way ({kind}); the dispatcher's log says more."""


class ScheduleExists(ScheduleError):
    """There is a schedule called {name} already: remove it first (promptrelay schedule remove {name}), or
    give this one another name with --as."""


class ScheduleUnknown(ScheduleError):
    """No schedule is called {name}{nearest}"""


class MonthSpent(ScheduleError):
    """Schedule {name}: {why}."""
