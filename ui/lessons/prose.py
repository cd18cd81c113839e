"""Markdown as it is read in a lesson: as high as its text, in the theme's type, opening nothing."""

from typing import Any, Final, final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette, QResizeEvent, QTextCursor, QTextDocument
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextBrowser

from ui.theme import Theme

FEATURES: Final = (
    QTextDocument.MarkdownFeature.MarkdownDialectGitHub.value | QTextDocument.MarkdownFeature.MarkdownNoHTML.value
)
LINE_HEIGHT: Final = 125.0
PARAGRAPH: Final = 0.55
"""Room below a paragraph, in heights of type."""


@final
class Prose(QTextBrowser):
    """A text without scroll bars of its own. Pictures and links that a file names are not opened."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setOpenLinks(False)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.document().setDocumentMargin(0)
        self.markdown = ""

    def show_markdown(self, markdown: str) -> None:
        """Show this text; hidden where there is none."""
        self.markdown = markdown
        self.document().setMarkdown(markdown, QTextDocument.MarkdownFeature(FEATURES))
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        block = self.document().begin()
        while block.isValid():
            spaced = block.blockFormat()
            spaced.setLineHeight(LINE_HEIGHT, 1)  # in per cent of the type's own
            if block.textList() is None:
                spaced.setBottomMargin(PARAGRAPH * self.document().defaultFont().pixelSize())
            QTextCursor(block).setBlockFormat(spaced)
            block = block.next()
        self.setVisible(bool(markdown))
        self._fit()

    def set_theme(self, theme: Theme) -> None:
        """Type and colours: large enough to be read from the last row where the theme is for a projector."""
        font = theme.font("title" if theme.presentation else "body")
        self.document().setDefaultFont(font)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, theme.text)
        self.setPalette(palette)
        self.show_markdown(self.markdown)

    def loadResource(self, kind: int, name: Any) -> Any:
        """Nothing that a lesson names is read from disk or from anywhere else."""
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def _fit(self) -> None:
        self.document().setTextWidth(self.viewport().width())
        self.setFixedHeight(max(1, round(self.document().size().height()) + 2))

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.height())
