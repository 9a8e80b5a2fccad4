"""Strings as an account or a submission could hold them to harm whoever reads a report."""

from __future__ import annotations

HOSTILE = [
    # terminals: escapes, titles, hyperlinks, writing direction, what is not seen
    "\x1b[2J\x1b]0;owned\x07",
    "\x1b]8;;http://example.com\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m",
    "\u202eevil\u2066\u2069",
    "\u200b\ufeff\u00ad",
    "\U000e0041\U000e007f",
    "[bold]x[/bold] [/] [link=http://x]y[/link] :smile:",
    # lines, and what ends or pretends them
    "table\nPASSED  100 of 100 points",
    "a\rb\x0bc\x0cd\x85e\u2028f\u2029g",
    "\n\n\n",
    "\t" * 1000,
    # encodings
    "\ud800",
    "\udfff\ud800 \udc80",
    "a\x00b",
    "\ufffe\uffff\ufdd0",
    "\x01\x08\x0b\x0c\x0e\x1f\x7f",
    # XML and HTML
    "]]>",
    "<![CDATA[x]]>",
    "<!-- x -- > -->",
    '<!DOCTYPE x [<!ENTITY y "z">]>&y;',
    "&amp; &lt; &#60; &#0; &x;",
    '" onload="alert(1)" x=\'y\'',
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "</failure></testcase></code></pre></details><h1>x",
    "<?php x ?>",
    # Markdown
    "**b** __i__ ~~s~~ ***",
    "[x](javascript:alert(1)) [y][z] [z]: http://example.com",
    "![i](http://example.com/x.png)",
    "<http://example.com> http://example.com www.example.com e@example.com",
    "@octocat #1 GH-1 octo/cat#1 :smile: $x$",
    "a|b|c\n|---|---|\n| \\| | `|` |",
    "# h\n\n- l\n\n> q\n\n1. o\n\n---\n",
    "`",
    "`` ` ```",
    " ` leading and trailing ` ",
    "```\n# out\n```",
    "~~~\n````\n  ```\n`````text\n",
    "\\`x\\` \\",
    "    code",
    "[ ] [x] [^1]",
    # the log of a CI
    "::error title=x::y",
    "  ::stop-commands::token",
    "x\n::add-mask::a\n::set-output name=x::y",
    "x\r::WARNING::y\r\n::debug::z",
    "a" * 70 + " ::group::x ::endgroup::",
    ":::error:::::notice::",
    "%0A::error::x%0D%25 %3A%2C",
    "##[error]x",
    "x ##[add-mask]y ###[group]z",
    "##vso[task.complete result=Succeeded]x ##teamcity[x]",
    "\u00a0\u3000::error::x",
    # spreadsheets, formats, JSON
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "{} %s %n ${x} $(x) {{x}} ${{ secrets.X }}",
    '"}],"score":100,"tests":[{"score":100,"x":"',
    "\\u0000 \\ud800 \\n",
    # size
    "x" * 100_000,
    "y " * 50_000,
    "\n" * 100_000,
    "`" * 100_000,
    "\x1b" * 100_000,
    "\u6f22" * 10_000,
    "e\u0301" * 10_000,
    "\U0001f469\u200d\U0001f467" * 100,
]


def label(text: str) -> str:
    """What a test calls the string."""
    return ascii(text[:20])
