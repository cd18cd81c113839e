"""The lesson's page: its text, what is asked, what is waited for, what is explained, and how to go on."""

from typing import Final, final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from ui.lessons.answers import Answers
from ui.lessons.player import Phase, Player
from ui.lessons.prose import Prose
from ui.lessons.words import last_words, verdict, waited_for
from ui.slider import Slider
from ui.theme import DARK, Theme, mixed
from ui.theory_panel import minus

TICKS: Final = 200
"""Places of the slider."""


@final
class LessonPanel(QWidget):
    """Shows what the player is at. Holds no state of its own."""

    placed = Signal(float)
    """Where the slider has put the prediction."""

    def __init__(self, player: Player) -> None:
        super().__init__()
        self.setObjectName("lesson_page")
        self._player, self.theme = player, DARK
        self.title, self.count, self.bar = QLabel(), QLabel(), QProgressBar()
        self.text, self.explanation = Prose(), Prose()
        self.answers, self.slider, self.value = Answers(), Slider(TICKS), QLabel()
        self.waiting, self.verdict = QLabel(), QLabel()
        self.back, self.again, self.skip, self.next = (QPushButton(word) for word in ("Back", "Again", "Skip", "Next"))
        self._build()
        self.answers.chosen.connect(player.choose)
        self.slider.valueChanged.connect(self._slid)
        for button, act in (
            (self.back, player.back),
            (self.again, player.again),
            (self.skip, player.skip),
            (self.next, player.go_on),
        ):
            button.clicked.connect(lambda _=False, act=act: act())
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAutoDefault(False)
        self.again.setToolTip("Begin this step again, with its own settings")
        self.back.setToolTip("The step before (Page Up)")
        self.skip.setToolTip("Do not wait any longer")
        self.next.setToolTip("Page Down")
        self.next.setObjectName("lesson_next")

    def _build(self) -> None:
        head = QHBoxLayout()
        self.title.setWordWrap(True)
        head.addWidget(self.title, 1)
        head.addWidget(self.count, 0, Qt.AlignmentFlag.AlignTop)
        self.bar.setTextVisible(False)
        self.bar.setFixedHeight(3)
        page = QWidget()
        inner = self._inner = QVBoxLayout()
        page.setObjectName("page")
        inner.setContentsMargins(0, 4, 8, 4)
        inner.setSpacing(12)
        self._placing = QWidget()
        row = QHBoxLayout(self._placing)
        row.setContentsMargins(0, 0, 0, 0)
        self.slider.setAccessibleName("Your prediction")
        row.addWidget(self.slider, 1)
        row.addWidget(self.value)
        for label in (self.waiting, self.verdict):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        for widget in (self.text, self.answers, self._placing, self.waiting, self.verdict, self.explanation):
            inner.addWidget(widget)
        inner.addStretch(1)
        page.setLayout(inner)
        self.area = QScrollArea()
        self.area.setObjectName("controls")
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setWidgetResizable(True)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setWidget(page)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.back, self.again):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.skip)
        buttons.addWidget(self.next)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 6, 6, 10)
        layout.setSpacing(6)
        layout.addLayout(head)
        layout.addWidget(self.bar)
        layout.addWidget(self.area, 1)
        layout.addLayout(buttons)

    # --- showing -------------------------------------------------------------------------------------------------

    def enter(self) -> None:
        """Another step: its page from the top."""
        player = self._player
        if player.lesson is None:
            return
        step, total = player.step, len(player.lesson.steps)
        self.title.setText(player.lesson.title)
        self.count.setText(f"{player.index + 1} of {total}")
        self.count.setAccessibleName(f"Step {player.index + 1} of {total}")
        self.bar.setRange(0, total)
        self.bar.setValue(player.index + 1)
        self.text.show_markdown(f"## {step.title}\n\n{step.text}")
        self.answers.show_choices(step.choices)
        self._placing.setVisible(step.place is not None)
        self.slider.blockSignals(True)
        self.slider.setValue(TICKS // 2)
        self.slider.blockSignals(False)
        self.area.verticalScrollBar().setValue(0)
        self.show_phase()

    def show_phase(self) -> None:
        """What has been predicted, what is waited for, what there is to say."""
        had_focus = self._has_focus
        self._show_phase()
        if had_focus and not self._has_focus:  # what had it rests: or keys would go to what comes next, a field
            self.window().setFocus()

    @property
    def _has_focus(self) -> bool:
        widget = self.window().focusWidget()
        return widget is not None and self.isAncestorOf(widget)

    def _show_phase(self) -> None:
        player = self._player
        if player.lesson is None:
            return
        step, phase = player.step, player.phase
        told = phase is Phase.DONE
        self.answers.show_state(player.answer, phase is Phase.PREDICT, told, self.theme)
        self._show_place()
        words = verdict(player)
        self.verdict.setText(words)
        self.verdict.setVisible(told and bool(words))
        self.verdict.setStyleSheet(f"color: {self.theme.native if player.right else self.theme.theory};")
        self.verdict.setFont(self._font(bold=True))
        before = self.explanation.isHidden()
        words = "\n\n".join(part for part in (step.explanation, last_words(player)) if part)
        self.explanation.show_markdown(words if told else "")
        self.skip.setVisible(phase is Phase.WATCH)
        self.back.setEnabled(player.index > 0)
        asked = "Reveal" if step.place is not None else "Check"
        self.next.setText(asked if phase is Phase.PREDICT else "Finish" if player.last else "Next")
        self.next.setEnabled(player.predicted if phase is Phase.PREDICT else told)
        self.show_live()
        if told and before and (step.predicts or step.wait is not None):
            self._scroll_to_end()

    def show_live(self) -> None:
        """What is waited for, with what it is now."""
        player = self._player
        if player.lesson is None or player.step.wait is None or player.phase is Phase.PREDICT:
            self.waiting.hide()
            return
        self.waiting.setText(waited_for(player))
        self.waiting.setVisible(player.phase is Phase.WATCH)

    def set_theme(self, theme: Theme) -> None:
        """Colours and type; large for a projector."""
        self.theme = theme
        self.text.set_theme(theme)
        self.explanation.set_theme(theme)
        self.title.setFont(theme.font("body", bold=True))
        self.count.setFont(theme.font("small"))
        self.waiting.setFont(self._font())
        self.value.setFont(self._font())
        self.value.setFixedWidth(round(theme.metrics("body").horizontalAdvance("−0.0000")))
        self.setStyleSheet(
            f"QWidget#lesson_page, QWidget#page {{ background: {theme.panel}; }}"
            f" QLabel {{ background: transparent; color: {theme.text}; }}"
            f" QProgressBar {{ background: {theme.line}; border: none; border-radius: 1px; }}"
            f" QProgressBar::chunk {{ background: {theme.measurement}; border-radius: 1px; }}"
            f" QRadioButton::indicator {{ width: 12px; height: 12px; border: 1px solid {theme.muted};"
            f" border-radius: 7px; }} QRadioButton::indicator:focus {{ border-color: {theme.text}; }}"
            f" QRadioButton::indicator:checked {{ background: {theme.measurement}; }}"
            f" QPushButton:disabled {{ color: {mixed(theme.muted, theme.panel, 0.4)}; }}"
            f" QPushButton#lesson_next:enabled {{ background: {theme.measurement}; font-weight: 600;"
            f" border-color: {theme.measurement}; color: {theme.background if theme.dark else theme.panel}; }}"
        )
        self.show_phase()

    # --- within --------------------------------------------------------------------------------------------------

    def _font(self, bold: bool = False) -> QFont:
        return self.theme.font("title" if self.theme.presentation else "body", bold)

    def _slid(self, tick: int) -> None:
        place = self._player.step.place if self._player.lesson is not None else None
        if place is not None:
            self.placed.emit(place.low + (place.high - place.low) * tick / TICKS)

    def _show_place(self) -> None:
        place, guess = self._player.step.place, self._player.guess
        if place is None:
            return
        self.slider.setEnabled(self._player.phase is Phase.PREDICT)
        self.value.setText("?" if guess is None else minus(f"{guess:.3g}"))
        if guess is not None:
            self.slider.blockSignals(True)
            self.slider.setValue(round(TICKS * (guess - place.low) / (place.high - place.low)))
            self.slider.blockSignals(False)

    def _scroll_to_end(self) -> None:
        """Let what has just been said be seen, once it has its place."""
        self._inner.activate()
        shown = self.verdict if not self.verdict.isHidden() else self.explanation
        self.area.ensureWidgetVisible(self.explanation, 0, 0)
        self.area.ensureWidgetVisible(shown, 0, 8)
