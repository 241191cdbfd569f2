"""The warehouse's own rules (requirements 5): what is in stock, what a case may get, who may do which step."""
