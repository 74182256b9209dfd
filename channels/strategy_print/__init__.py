"""A strategy on paper: one sheet as a PDF with its picture, and as Markdown, for who has no screens."""
