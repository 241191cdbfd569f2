"""The dated catalogue: procedures, criteria, forms, instruments and parameters as YAML with effective dates.

`Catalogue.load()` reads and checks them; `shared.catalogue.types` and `.refusals` are what a domain may use.
"""
