"""Figures of Vega-Lite that can be clicked, without a browser."""

from streamlit.testing.v1 import AppTest


def script() -> None:
    import pandas as pd
    import streamlit as st

    from slu.ui.vega import Chart, click_targets, titled

    labels = ["beras"] if st.toggle("few") else ["beras", "teh"]
    data = pd.DataFrame({"label": labels, "from_s": 0.1, "clips": range(len(labels))})
    targets = click_targets("bar", ["label", "from_s"], {"y": {"field": "label"}})
    chart = Chart(data, titled("Clips", 300) | {"layer": [targets]})
    st.write(chart.show_clickable("clips"))


def run() -> AppTest:
    return AppTest.from_function(script).run()


def click(app: AppTest, **told: object) -> AppTest:
    app.session_state["clips"] = {"selection": {"clicked": [told] if told else []}}
    app.run()
    assert not app.exception
    return app


def told(app: AppTest) -> list[str]:
    return [element.value for element in app.json]


def test_a_click_tells_the_columns_of_the_mark() -> None:
    app = run()
    assert told(app) == []

    assert told(click(app, label="teh", from_s=0.1)) == ['{"label": "teh", "from_s": 0.1}']
    assert told(click(app)) == []


def test_what_is_no_longer_there_is_not_chosen() -> None:
    app = click(run(), label="teh", from_s=0.1)

    assert told(app.toggle[0].set_value(True).run()) == []
    assert len(told(app.toggle[0].set_value(False).run())) == 1


def test_what_was_never_there_is_not_chosen() -> None:
    assert told(click(run(), label="teh", from_s=0.2)) == []
