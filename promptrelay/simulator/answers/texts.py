"""What answers are made of: sentences in several scripts, and sources to cite."""

from __future__ import annotations

SENTENCES = (
    "The market has grown steadily over the past decade, and most analysts expect that to continue. ",
    "Prices differ widely between vendors, so it pays to compare the total cost over three years. ",
    "**Northwind** is often named first for its support, while **Contoso** is praised for its price. ",
    "Reviewers mention that setting it up takes an afternoon; migrating old data takes longer. ",
    "According to a survey of 1,204 customers, 62 % would choose the same product again. ",
    "There are exceptions: small teams report that the free plan is enough for them. ",
    "L'offre française s'est élargie, notamment grâce à des acteurs régionaux très dynamiques. ",
    "Für Unternehmen in Deutschland ist außerdem wichtig, wo die Daten gespeichert werden. ",
    "日本では、利用者の多くが料金よりもサポートの質を重視しています。",
    "Российские обзоры сравнивают прежде всего надёжность и срок службы. ",
    "تشير التقارير إلى أن الطلب في المنطقة ارتفع بشكل ملحوظ خلال العام الماضي. ",
    "भारत में छोटे व्यवसाय अक्सर मोबाइल ऐप को प्राथमिकता देते हैं। ",
    "한국 시장에서는 현지화 여부가 선택에 큰 영향을 미칩니다. ",
    "ในประเทศไทย ผู้ใช้ส่วนใหญ่เริ่มจากรุ่นทดลองใช้ฟรี ",
    "In short: decide what you need most 🎯, then test two candidates side by side. ",
    'One caveat: "best" depends on the task \\ the budget, and <nobody> tests everything & anything. ',
    "Fabrikam's latest release closes the gap, at least for reporting and exports. ",
    "A table would look so:\n\n| Vendor | Price | Rating |\n|---|---|---|\n| Northwind | $12 | 4.6 |\n",
    "\n\n## What to look for\n\n- Price\n- Support\n- Export of your own data\n\n",
    "\n\nThe following points matter most:\n1. Reliability\n2. Cost\n3. Ease of use\n\n",
)
THOUGHTS = (
    "**Weighing the options**\n\nThe question asks for a recommendation. I should name several and say why.",
    "**Checking what is known**\n\nPrices change often, so I will describe ranges instead of exact figures.",
    "**Clarifying the scope**\n\nIt is not said which country is meant. I will keep the answer general.",
)
SOURCES = (
    ("Northwind review: a year later", "https://www.example.com/reviews/northwind?utm_source=openai"),
    ("Market outlook, 2030", "https://research.example.org/horizon/outlook/market"),
    ("Contoso - Wikipedia", "https://en.wikipedia.org/wiki/Contoso"),
    ("比較ランキング ベスト10", "https://example.jp/ranking/%E6%AF%94%E8%BC%83"),
    ("Parc Astérix ❤️ guide", "https://fr.example.net/guide/parc-ast%C3%A9rix"),
    ("Which? tests: the winners", "https://which.example.co.uk/tests/winners"),
    ("Forum: what do you use?", "https://forum.example.com/t/what-do-you-use/1832?page=2#post_31"),
    ("Fabrikam pricing", "https://fabrikam.example/pricing"),
)
QUERIES = ("best {} 2026", "{} comparison price", "{} reviews", "is {} worth it", "{} 比較")
