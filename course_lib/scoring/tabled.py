"""What every score of a world of its own has: a row of a table, and a form in text."""

from typing import ClassVar

from course_lib.checks import check_choice


class Tabled:
    """A score whose figures are named by `COLUMNS`: attribute -> heading of a table."""

    COLUMNS: ClassVar[dict[str, str]]
    name: str

    def row(self, columns: list[str] | None = None) -> dict:
        """Return {heading: value} for a table, of all columns or of those named."""
        names = list(self.COLUMNS) if columns is None else columns
        return {self.COLUMNS[check_choice("columns", name, self.COLUMNS)]:
                self.cell(name) for name in names}

    def cell(self, name: str):
        """Return what stands in the table for a figure."""
        return getattr(self, name)

    def counted(self) -> str:
        """Return in words what was measured on."""
        raise NotImplementedError(f"{type(self).__name__} does not say on what.")

    def __repr__(self) -> str:
        row = {heading: value for heading, value in self.row().items()
               if value is not None}
        width = max(map(len, row))
        lines = [f"  {heading.ljust(width)}  {value}" for heading, value in row.items()]
        return "\n".join([f"{self.name}: {self.counted()}", *lines])
