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
