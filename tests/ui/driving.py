"""A page of the app without a browser: run it, press what is on it, read what it says."""

from streamlit.testing.v1 import AppTest


def run(app: AppTest) -> AppTest:
    """Run the page once more; it must not fail."""
    app.run()
    assert not app.exception
    return app


def click(app: AppTest, label: str) -> AppTest:
    """Press a button."""
    next(button for button in app.button if button.label == label).click()
    return run(app)


def texts(app: AppTest) -> str:
    """What is written on the page, but for headings."""
    shown = [*app.info, *app.warning, *app.error, *app.success, *app.markdown, *app.caption]
    progress = [bar.proto.text for bar in app.get("progress")]
    return "\n".join([*(str(element.value) for element in shown), *progress])


def metrics(app: AppTest) -> dict[str, str]:
    """The figures of the page, by their labels."""
    return {metric.label: metric.value for metric in app.metric}
