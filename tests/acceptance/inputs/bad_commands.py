"""Options, settings and commands that mean nothing, each with the one line that it gets."""

from __future__ import annotations

from tests.acceptance.inputs.bad_inputs import (
    LONG,
    NO_PLATFORM,
    NO_RUN,
    NO_URL,
    NOT_OPEN,
    REASONS,
    Bad,
    option,
    setting,
    usage,
)

_REFUSED = "chat_gpt with gpt-4o-mini would be refused:"

OPTIONS = [
    option("--platform bing", f"There is no platform called bing; {NO_PLATFORM}."),
    option(
        "--platform chatgtp", f"There is no platform called chatgtp (did you mean chat_gpt?); {NO_PLATFORM}."
    ),
    option(
        "--model gpt-4o",
        "gpt-4o names no platform's model: write PLATFORM=NAME, as in chat_gpt=gpt-4.1-mini.",
    ),
    option("--model bing=x", f"There is no platform called bing; {NO_PLATFORM}."),
    option(
        ("--model", "chat_gpt=a b"),
        "a b is no model name: write up to 128 letters, digits and . _ : / - signs.",
    ),
    option("--method pigeon", "There is no method called pigeon; there are standard, live and auto."),
    option("--repeats 0", "repeats is 0; it has to be 1 to 1000."),
    option("--max-cost -1", "max_cost is -1; it has to be more than 0 USD."),
    option(
        "--max-cost much",
        "--max-cost: 'much' is not an amount in USD, such as 12.50 (see `promptrelay plan --help`)",
    ),
    option(
        "--max-float nan",
        "--max-float: 'nan' is not an amount in USD, such as 12.50 (see `promptrelay plan --help`)",
    ),
    option(("--name", " "), "The campaign's name has 0 characters; it has to have 1 to 128."),
    option(f"--name {'n' * 129}", "The campaign's name has 129 characters; it has to have 1 to 128."),
    option(
        "--priority 99999999999999999999", "priority is 99999999999999999999; it has to be -1000 to 1000."
    ),
    option("--weight 0", "weight is 0; it has to be 1 to 1000."),
    option("--on-lost-live maybe", "on_lost_live is maybe; it has to be fail or retry."),
    option(
        "--temperature 9",
        f"{_REFUSED} temperature is 9, but chat_gpt takes 0 to 2: choose a number in between.",
    ),
    option(
        "--temperature nan",
        f"{_REFUSED} temperature is nan, but chat_gpt takes 0 to 2: choose a number in between.",
    ),
    option(
        "--temperature 1 --model chat_gpt=o4-mini",
        "chat_gpt with o4-mini would be refused: temperature cannot be chosen because o4-mini reasons: leave it "
        "out.",
    ),
    option(
        "--force-web-search",
        f"{_REFUSED} force_web_search is true without web_search: set web_search to true as well.",
    ),
    option(
        "--web-search --country UK",
        f"{_REFUSED} web_search_country_iso_code is UK, which is no ISO code (the United Kingdom is GB): correct it.",
    ),
    option(
        "--web-search --city Paris --platform gemini",
        "No chosen platform knows the parameter web_search_city; known are: max_output_tokens, message_chain, "
        "system_message, temperature, top_p, use_reasoning, web_search.",
    ),
    option(
        f"--system-message {LONG}",
        f"{_REFUSED} system_message has 501 characters, 1 more than the 500 allowed: shorten it.",
    ),
    option(
        "--max-output-tokens 99999",
        f"{_REFUSED} max_output_tokens is 99999, but chat_gpt takes 16 to 4096: lower it.",
    ),
    option(
        ("--template", "{{prompt"),
        "--template, line 1: unexpected end of template, expected 'end of print statement'.",
    ),
    option(
        "--strict-models --model chat_gpt=gpt-99",
        "no list of models is known for chat_gpt: promptrelay models asks for it, for free; nothing was sent. "
        "Choose another (promptrelay models lists them), or leave out --strict-models.",
    ),
    usage("plan p.csv --plaform chat_gpt", "No such option '--plaform'. Did you mean '--platform'?"),
    usage(
        "plan p.csv --country DE --country AT",
        "--country stands twice: put a column country into the file, a row for each",
    ),
    usage(
        "plan p.csv --country Atlantis",
        "--country: Atlantis is no ISO code such as DE and no country's English name",
    ),
    usage("plan p.csv --repeats x", "Invalid value for '--repeats': 'x' is not a valid integer."),
    usage("plan p.csv p.csv", "Got unexpected extra argument (p.csv)"),
    usage("run", "Missing argument 'FILE'."),
    Bad("plan p.csv --prompt-column", "Option '--prompt-column' requires an argument."),
]

SETTINGS = [
    setting("CALLS_PER_MINUTE", "many", "PROMPTRELAY_CALLS_PER_MINUTE: has to be a valid integer"),
    setting("CALLS_PER_MINUTE", "0", "PROMPTRELAY_CALLS_PER_MINUTE: has to be greater than 0"),
    setting("TESTING", "maybe", "PROMPTRELAY_TESTING: has to be a valid boolean"),
    setting("API_URL", "ftp://x", "PROMPTRELAY_API_URL: an address starts with https:// or http://"),
    setting("ADVANCE_USD", "abc", "PROMPTRELAY_ADVANCE_USD: has to be an amount in USD, such as 12.50"),
    setting("ACCOUNT", "Ä", "PROMPTRELAY_ACCOUNT: has to be 1 to 32 small letters, digits, _ or -"),
    setting("TIME_SCALE", "60", "PROMPTRELAY_TIME_SCALE works only with PROMPTRELAY_TESTING=1 or --simulate"),
    setting(
        "DATABASE_URL_FILE",
        "/nowhere/secret",
        "PROMPTRELAY_DATABASE_URL_FILE: /nowhere/secret cannot be read (No such file or directory)",
    ),
    setting("DATABASE_URL", "garbage", NO_URL),
    setting("DATABASE_URL", "mysql://root:secret@x/y", NO_URL, "status"),
    setting("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/x", NOT_OPEN, "runs", code=1),
    setting("DATABASE_URL", "sqlite:////nowhere/x.db", NOT_OPEN, code=1),
    setting(
        "DATA_DIR",
        "/dev/null",
        "/dev/null cannot be the data directory (File exists); set PROMPTRELAY_DATA_DIR to a folder that you may "
        "write to",
    ),
    setting(
        "MODEL_CHAT_GPT", "a b", "a b is no model name: write up to 128 letters, digits and . _ : / - signs."
    ),
    setting(
        "REDIS_URL",
        "garbage",
        "a Redis URL starts with one of redis://, rediss://, unix://, redis+socket://",
        "run p.csv --yes",
    ),
    setting(
        "REDIS_URL",
        "redis://host/x",
        "the database of a Redis URL is a number: redis://host:6379/0",
        "run p.csv --yes",
    ),
    setting(
        "API_LOGIN",
        "",
        "Neither credentials nor a simulated provider: set PROMPTRELAY_API_LOGIN and PROMPTRELAY_API_PASSWORD, "
        "or add --simulate.",
        "run p.csv --yes",
    ),
    Bad(
        "status",
        "the database file is no SQLite database: bring it back from its backup, or move it away",
        {"data/promptrelay.sqlite3": "something else"},
        code=1,
    ),
]

COMMANDS = [
    Bad("reslts", "there is no command 'reslts'; did you mean results?"),
    Bad("xyzzy", "there is no command 'xyzzy'; `promptrelay --help` lists them all"),
    Bad("--nosuch", "No such option '--nosuch'."),
    Bad("status", "there is no run yet; start one with `promptrelay run FILE`"),
    *(
        Bad(f"{command} nosuch", NO_RUN)
        for command in [
            "status",
            "results",
            "receipt",
            "ledger",
            "jobs",
            "pause",
            "resume",
            "cancel",
            "retry",
            "refetch",
            "purge",
            "recover",
        ]
    ),
    usage("status --jsno", "No such option '--jsno'. Did you mean '--json'?"),
    usage(
        "jobs --state lost",
        "Invalid value for '--state': 'lost' is not one of 'queued', 'claimed', 'in_flight', 'done', 'failed', "
        "'cancelled'.",
    ),
    usage("jobs --limit 0", "Invalid value for '--limit': 0 is not in the range x>=1."),
    usage("jobs --reason bad", f"Invalid value for '--reason': 'bad' is not one of {REASONS}."),
    usage("cancel", "Missing argument 'RUN'."),
    Bad("pause", "name one run (its id or its campaign), or everything with --all"),
    Bad("pause x --all", "name one run (its id or its campaign), or everything with --all"),
    Bad("resume --all --max-cost 5", "caps are a run's own: name the run instead of --all"),
    Bad("resume x --max-cost much", "--max-cost: 'much' is not an amount in USD, such as 12.50"),
    Bad("purge", "name one run, or an age with --older-than 90d"),
    Bad(
        "purge --older-than soon",
        "--older-than: 'soon' is no age; write hours, days or weeks, such as 12h, 90d or 8w",
    ),
    Bad("recover --write-off --retry", "--write-off and --retry exclude each other; choose one"),
    Bad("results --platform bing", f"There is no platform called bing; {NO_PLATFORM}."),
    usage("results --format parquet", "--format: there is no 'parquet'; there are jsonl and csv"),
    usage("results --order bad", "Invalid value for '--order': 'bad' is not one of 'input', 'settled'."),
    Bad("models --platform bing", f"There is no platform called bing; {NO_PLATFORM}."),
    Bad(
        "worker nosuch",
        "no such queue: nosuch; there are standard.post, standard.collect, standard.get, upkeep, live.chat_gpt, "
        "live.claude, live.gemini, live.perplexity",
    ),
    usage(
        "worker upkeep --concurrency 0",
        "Invalid value for '--concurrency': 0 is not in the range 1<=x<=1000.",
    ),
    Bad("simulator --set nonsense", "'nonsense' is not key=value"),
    Bad(
        "simulator --set tme_scale=1",
        "'tme_scale' is no option of the simulator; the nearest is 'time_scale'",
    ),
    Bad(
        "simulator --host 192.0.2.1 --port 1",
        "192.0.2.1:1 cannot be served on (Cannot assign requested address); choose another --port",
        code=1,
    ),
    usage(
        "completion ksh", "Invalid value for '{bash|zsh|fish}': 'ksh' is not one of 'bash', 'zsh', 'fish'."
    ),
    usage("db nosuch", "No such command 'nosuch'."),
]
