"""Prompt files and campaigns that cannot be sent, each with the one line that it gets."""

from __future__ import annotations

from tests.acceptance.inputs.bad_inputs import (
    KINDS,
    LONG,
    NO_PLATFORM,
    OR_NO_FIELD,
    ROWS,
    TOO_LONG,
    Bad,
    of_campaign,
    of_file,
)

FILES = [
    Bad("submit nowhere.csv", "nowhere.csv: there is no such file; check the path."),
    Bad("plan .", ".: this is a directory; name one prompt file in it."),
    of_file(
        "",
        "q.csv: the file holds no prompt; put a header row and a row for each prompt in it (.txt: one prompt a "
        "line).",
    ),
    of_file(
        "\n \n",
        "q.txt: the file holds no prompt; put a header row and a row for each prompt in it (.txt: one prompt a "
        "line).",
        "q.txt",
    ),
    of_file(
        "prompt\n",
        "q.csv: there is a header row and nothing below it; the first row names the columns, so add rows with "
        "prompts.",
    ),
    of_file(
        "prompt\nCafé\n".encode("latin-1"),
        'q.csv, line 2, byte 11: not UTF-8; save the file as UTF-8 (spreadsheets call it "CSV UTF-8"), or: '
        "iconv -f WINDOWS-1252 -t UTF-8 OLD > NEW",
    ),
    of_file(
        b"prompt\na\0b\n",
        "q.csv, line 2: a NUL byte; this is a binary file (a spreadsheet?) or UTF-16 without a byte order mark: "
        "save it as UTF-8 text",
    ),
    of_file(b"PK\x03\x04", f"q.xlsx: files ending in .xlsx are not supported; {KINDS}", "q.xlsx"),
    of_file("[]", f"q.json: files ending in .json are not supported; {KINDS}", "q.json"),
    of_file("a", f"prompts: files ending in no extension are not supported; {KINDS}", "prompts"),
    of_file(
        'prompt\n"a\n',
        "q.csv, line 2: a quote opened in this row is never closed; close every quoted cell and write a quote "
        'inside one twice ("").',
    ),
    of_file(
        'prompt\n"a"b\n',
        "q.csv, line 2: text follows a closing quote; close every quoted cell and write a quote inside one twice "
        '("").',
    ),
    of_file(
        "id,words\n1,a\n",
        "q.csv: no column is called prompt, user_prompt, question, query or text; columns there are: id, words. "
        "Name the prompt's with --prompt-column (the first row must hold the names).",
    ),
    of_file(
        "id,words\n1,a\n",
        "q.csv: there is no column ask; columns there are: id, words. Name the prompt's with --prompt-column "
        "(the first row must hold the names).",
        "q.csv",
        "--prompt-column",
        "ask",
    ),
    of_file("prompt,prompt\na,b\n", "q.csv: two columns are called prompt; give each its own name."),
    of_file(
        f"prompt\na\n{LONG}\n",
        "q.csv: 1 of 2 rows cannot be sent; nothing was sent. Correct them, or leave them out with "
        f"--skip-invalid. line 3: {TOO_LONG}",
    ),
    of_file(f"prompt\n{LONG}\n", f"q.csv: {ROWS} {TOO_LONG}", "q.csv", "--skip-invalid"),
    of_file(
        "prompt,id\na,1,2\n",
        f"q.csv: {ROWS} the row has 3 cells where the header has 2: quote cells that hold the delimiter",
    ),
    of_file("prompt,id\n,1\n", f"q.csv: {ROWS} the prompt is empty"),
    of_file(
        "prompt,temperature\na,9\n",
        f"q.csv: {ROWS} chat_gpt: temperature is 9, but chat_gpt takes 0 to 2: choose a number in between",
    ),
    of_file(
        "prompt,temperature\na,warm\n",
        f"q.csv: {ROWS} temperature has to be a number, with a point before decimals; {OR_NO_FIELD}",
    ),
    of_file(
        "prompt,web_search\na,maybe\n", f"q.csv: {ROWS} web_search has to be true or false; {OR_NO_FIELD}"
    ),
    of_file(
        "prompt,message_chain\na,[{\n",
        f'q.csv: {ROWS} message_chain has to be a list of {{"role": "user" or "ai", "message": "…"}}, written as '
        f"JSON in a cell; {OR_NO_FIELD}",
    ),
    of_file(
        'prompt,message_chain\na,"[{""role"":""bot"",""message"":""x""}]"\n',
        f"q.csv: {ROWS} chat_gpt: message_chain, message 1: the role has to be user or ai",
    ),
    of_file(
        '{"prompt":"a"}\n{"prompt"\n',
        "q.jsonl: 1 of 2 rows cannot be sent; nothing was sent. Correct them, or leave them out with "
        "--skip-invalid. line 2: not JSON: Expecting ':' delimiter at character 10",
        "q.jsonl",
    ),
    of_file(
        '["a"]\n',
        "q.jsonl: every row of the file is refused; nothing was sent. line 1: a line has to be a JSON object or "
        "a text in quotes",
        "q.jsonl",
    ),
    of_file(
        '{"prompt":"a","prompt":"b"}\n',
        "q.jsonl: every row of the file is refused; nothing was sent. line 1: the key prompt stands twice in the "
        "JSON",
        "q.jsonl",
    ),
]

CAMPAIGNS = [
    of_campaign("", "c.yaml: has to be a mapping with at least the key prompts"),
    of_campaign(
        "prompts: [a\n",
        "c.yaml, line 2, column 1: not the YAML of a campaign: expected ',' or ']', but got '<stream end>'.",
    ),
    of_campaign(
        "prompts: p.csv\n",
        "c.yaml: prompts: has to be a mapping: write prompts: {file: prompts.csv} or prompts: {list: [...]}",
    ),
    of_campaign(
        "prompts: {file: p.csv}\nplatfroms: {}\n", "c.yaml: platfroms: unknown key; did you mean platforms?"
    ),
    of_campaign("platforms: {chat_gpt: {}}\n", "c.yaml: prompts: is missing"),
    of_campaign("prompts: {file: p.csv}\nbrands: [x]\n", "c.yaml: brands: not known yet; leave it out"),
    of_campaign("prompts: {file: nowhere.csv}\n", "nowhere.csv: there is no such file; check the path."),
    of_campaign("prompts: {file: p.csv, list: [a]}\n", "c.yaml: prompts: has to have either file or list"),
    of_campaign(
        "prompts: {list: [a, 5]}\n",
        "c.yaml: prompts.list: each entry has to be text, or a mapping with a prompt",
    ),
    of_campaign("prompts: {file: p.csv}\nrepeats: many\n", "c.yaml: repeats: has to be a whole number"),
    of_campaign(
        "prompts: {file: p.csv}\nmethod: pigeon\n", "c.yaml: method: has to be standard, live or auto"
    ),
    of_campaign(
        "prompts: {file: p.csv}\nplatforms: {bing: {}}\n",
        f"c.yaml: platforms: there is no platform called bing; {NO_PLATFORM}",
    ),
    of_campaign(
        "prompts: {file: p.csv}\nparameters: {temprature: 1}\n",
        "c.yaml: parameters.temprature: unknown key; did you mean temperature?",
    ),
    of_campaign(
        "prompts: {file: p.csv}\ncaps: {max_cost: much}\n",
        "c.yaml: caps.max_cost: has to be an amount in USD, such as 12.50",
    ),
    of_campaign(
        "prompts: {file: p.csv}\nplatforms: {perplexity: {}}\n"
        "parameters: {message_chain: [{role: ai, message: x}]}\n",
        "c.yaml: perplexity with sonar would be refused: message_chain, message 1: perplexity wants user and ai by "
        "turns, beginning with user, so the role has to be user.",
    ),
    of_campaign(
        "prompts: {file: p.csv}\ntemplate: '{{ctiy}}'\n",
        f"c.yaml: {ROWS} the template wants column ctiy, which this row does not have",
    ),
    of_campaign(
        "prompts: {file: p.csv}\ntemplate: '{{prompt'\n",
        "c.yaml: template, line 1: unexpected end of template, expected 'end of print statement'.",
    ),
    of_campaign(
        "prompts: {file: p.csv}\ntemplate: '{{prompt.__class__}}'\n",
        "c.yaml: template, line 1: getattr is not allowed; there are {{column}}, filters, comparisons and if.",
    ),
    of_campaign(
        "prompts: {file: p.csv}\nprompts: {file: p.csv}\n",
        "c.yaml, line 2, column 1: not the YAML of a campaign: the key prompts stands twice.",
    ),
    of_campaign(
        "prompts: !!python/object/apply:os.system [id]\n",
        "c.yaml, line 1, column 10: not the YAML of a campaign: the tag !!python/object/apply:os.system is not "
        "used here; leave it out.",
    ),
]
