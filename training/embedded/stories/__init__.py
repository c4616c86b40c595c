"""Stories that families of problems tell: of rooms, of chapters, of quantities."""
