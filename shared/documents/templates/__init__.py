"""The typst templates of the documents; a package, so that they are installed with it."""
