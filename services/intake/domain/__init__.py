"""The rules of intake: nothing here knows a database, a broker or a screen."""
