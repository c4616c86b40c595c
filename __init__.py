"""metathink, the house: each folder beside this file is one room of the package `metathink`.

This file is not shipped. It makes relative imports across rooms resolvable for tools that read the
tree without installing it; the import name is always `metathink.<room>`.
"""
