"""The exact price of one line: pure arithmetic without database, clock or settings.

The bill run prices whole properties by one statement; this package says what each row of that statement must be,
and serves previews, sentences on bills and the checks that run before a tariff is saved.
"""
