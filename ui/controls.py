"""The parameter panel of one experiment, generated from its declaration."""

from collections.abc import Callable
from typing import final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from simulator.parameters import applies, fields, usual
from ui.editors import MARGIN, Row, make_row

WIDTH = 286


@final
class ControlPanel(QScrollArea):
    """Every parameter under its group's heading. Shows the parameters it is told; holds none."""

    edited = Signal(str, object, bool)
    """name, value as typed, whether the gesture has ended."""

    def __init__(self, declaration: type) -> None:
        super().__init__()
        self.setObjectName("controls")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows: dict[str, Row] = {}
        self._headings: dict[str, QLabel] = {}
        self._shown: dict[str, object] = {}
        self._touched: set[str] = set()
        self._params: object = None
        self._lets: Callable[[str], bool] | None = None
        content = self._content = QWidget()
        content.setObjectName("page")
        layout = QVBoxLayout(content)
        layout.setContentsMargins(2, 0, 12, 12)
        layout.setSpacing(6)
        for field in fields(declaration):
            row = self.rows[field.name] = make_row(field)
            row.edited.connect(self._pass_on)
        for group in dict.fromkeys(row.field.param.group for row in self.rows.values()):
            heading = self._headings[group] = QLabel(group)
            heading.setObjectName("heading")
            heading.setIndent(MARGIN)
            layout.addWidget(heading)
            for row in self.rows.values():
                if row.field.param.group == group:
                    layout.addWidget(row)
        layout.addStretch(1)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """Wide enough for every row at the present size of type: nothing is cut off at the right."""
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar, super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(max(WIDTH, self.minimumSizeHint().width()), super().sizeHint().height())

    def show_params(self, params: object) -> None:
        """Show every value, the rows that matter for them, and no error. Must not emit."""
        values = {name: getattr(params, name) for name in self.rows}
        if values != self._shown:
            for name, row in self.rows.items():
                row.show_usual(usual(params, name))
        for name, value in values.items():
            if name in self._touched or name not in self._shown or value != self._shown[name]:
                self.rows[name].show_value(value)
        self._touched.clear()
        if values != self._shown:
            self._shown, self._params = values, params
            self._show_what_applies(params)

    def limit(self, lets: Callable[[str], bool] | None) -> None:
        """Show only the rows whose names `lets` lets through; None: every one that applies."""
        if lets is not self._lets:
            self._lets = lets
            if self._params is not None:
                self._show_what_applies(self._params)

    def _show_what_applies(self, params: object) -> None:
        for name, row in self.rows.items():
            row.setVisible(applies(params, name) and (self._lets is None or self._lets(name)))
        for group, heading in self._headings.items():
            members = [row for row in self.rows.values() if row.field.param.group == group]
            heading.setVisible(any(not row.isHidden() for row in members))

    def show_error(self, name: str, message: str) -> None:
        """One line at the control it belongs to, scrolled into sight."""
        row = self.rows[name]
        row.show_error(message)
        self._touched.add(name)
        self.ensureWidgetVisible(row)

    def _pass_on(self, name: str, value: object, settled: bool) -> None:
        """Its control shows what the user did; what is so may be another value, or the one before."""
        self._touched.add(name)
        self.edited.emit(name, value, settled)
