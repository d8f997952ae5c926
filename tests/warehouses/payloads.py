"""Texts that would do something, if a text could."""

PAYLOADS = (
    "'; DROP TABLE deal; --", "' OR '1'='1", "\\'; SELECT 1; --", "a''b", "\\", "\\\\'", "$$x$$", "/* */ -- ",
    "*/ SELECT 1 /*", "${spark.app.name}", "$", "{x}", "{{ x }}", "%s ? $1 :a @b", "E'\\n'", "\\u0041", "\\%",
    '"; DROP TABLE deal; --', "`", "``;", "é", "e\u0301", "😀", "line\nfeed", "tab\t", "&x", "'''", "'''''",
)  # fmt: skip
