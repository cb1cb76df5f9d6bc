"""The panel of an account in real JupyterLab in a real browser, with a simulator behind it."""

import re

from playwright.sync_api import expect

from tests.browser.conftest import dark, picture

PANEL = ".smppkit-panel .smppkit-send"
LIMIT = 20_000  # milliseconds
expect.set_options(timeout=LIMIT)


def tab(panel, name):
    panel.get_by_role("tab", name=name, exact=True).click()


def compose(panel, number, text):
    panel.get_by_label("Number").fill(number)
    panel.get_by_label("Text", exact=True).fill(text)


def outcome(panel):
    return panel.get_by_label("Outcome")


def rows(panel, table):
    return panel.get_by_role("table", name=table, exact=True).locator("tbody tr")


def click(panel, name):
    panel.get_by_role("button", name=name, exact=True).click()


def test_a_day_at_the_panel(run_all, page):
    run_all("panel.ipynb", PANEL)
    panel = page.locator(".smppkit-panel")
    for said in ("Logged in", "transceiver", "SMPP 3.4", "OK: bound as transceiver"):
        expect(panel).to_contain_text(said)
    expect(panel.get_by_title("Bind", exact=False).first).to_be_disabled()

    compose(panel, "+32 471 123456", "It’s 10 €")
    expect(panel.get_by_label("Plan")).to_contain_text("UCS-2 · 9 of 70 16-bit units · 1 part")
    expect(panel.locator("mark")).to_have_text("’")
    picture(page, "send_1280_light")
    panel.get_by_role("button", name="Send", exact=True).dblclick()
    expect(outcome(panel)).to_contain_text("accepted, message id")
    expect(outcome(panel)).to_contain_text("DELIVERED")
    expect(panel.get_by_role("button", name="Send", exact=True)).to_be_disabled()

    tab(panel, "Sent")
    expect(rows(panel, "Sent")).to_have_count(1)
    expect(rows(panel, "Sent").first).to_contain_text("32471123456")
    expect(rows(panel, "Sent").first).to_contain_text("DELIVERED")
    rows(panel, "Sent").first.click()
    expect(panel.locator(".smppkit-details").first).to_contain_text("receipt: DELIVERED")
    picture(page, "sent_1280_light")

    tab(panel, "Send")
    click(panel, "Send again")
    tab(panel, "Sent")
    expect(rows(panel, "Sent")).to_have_count(2)
    expect(rows(panel, "Sent").first).to_contain_text("DELIVERED")
    tab(panel, "Send")
    compose(panel, "+32 471", "")
    expect(panel.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    panel.get_by_label("Number").press("Enter")
    expect(outcome(panel)).to_contain_text("not sent: the text is empty")

    page.get_by_role("button", name="Deliver", exact=True).click()
    tab(panel, "Received")
    expect(rows(panel, "Received").first).to_contain_text("Yes, please")
    rows(panel, "Received").first.press("Enter")
    expect(panel.locator(".smppkit-details").last).to_contain_text("1 of 1")
    dark(page)
    picture(page, "received_1280_dark")
    click(panel, "Clear")
    expect(rows(panel, "Received")).to_have_count(0)
    expect(panel).to_contain_text("no messages yet")

    tab(panel, "Sent")
    expect(panel).to_contain_text("2 messages")
    rows(panel, "Sent").first.get_by_title("Delete this row").click()
    expect(rows(panel, "Sent")).to_have_count(1)
    page.set_viewport_size({"width": 800, "height": 900})
    picture(page, "sent_800_dark")
    rows(panel, "Sent").first.press("Delete")
    expect(rows(panel, "Sent")).to_have_count(0)
    assert page.outside == []


def test_unbind_bind_and_a_second_run_of_the_cell(run_all, page):
    run_all("panel.ipynb", PANEL)
    panel = page.locator(".smppkit-panel")
    expect(panel).to_contain_text("Logged in")
    click(panel, "Unbind")
    expect(panel.locator(".smppkit-state")).to_have_text("Idle")
    expect(panel.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(outcome(panel)).to_contain_text("Idle: messages can be sent when the account is logged in")
    page.set_viewport_size({"width": 800, "height": 900})
    picture(page, "idle_800_light")
    click(panel, "Bind")
    expect(panel.locator(".smppkit-state")).to_have_text("Logged in")

    compose(panel, "+32471123456", "Typed before the cell ran again")
    expect(panel.get_by_label("Plan")).to_contain_text("GSM 7-bit")
    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".jp-CodeCell").nth(1).locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[[3-9]\]"))
    expect(page.locator(".smppkit-panel")).to_have_count(1)
    expect(panel.get_by_label("Text", exact=True)).to_have_value("Typed before the cell ran again")
    expect(panel.get_by_role("button", name="Send", exact=True)).to_be_enabled()
    panel.get_by_label("Number").press("Enter")
    expect(outcome(panel)).to_contain_text("accepted, message id")


def test_a_refused_message_says_why_and_a_receiver_cannot_send(run_all, page):
    run_all("refused.ipynb", PANEL, 2)
    full, hears = page.locator(".smppkit-panel").all()
    compose(full, "+32471123457", "one too many")
    click(full, "Send")
    expect(outcome(full)).to_contain_text("refused: ESME_RMSGQFUL (0x00000014)")
    tab(full, "Sent")
    expect(rows(full, "Sent").first).to_contain_text("refused")
    rows(full, "Sent").first.click()
    expect(full.locator(".smppkit-details").first).to_contain_text("ESME_RMSGQFUL")
    expect(hears).to_contain_text("receiver")
    compose(hears, "+32471123456", "Hello")
    expect(hears.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    expect(outcome(hears)).to_contain_text("bound as receiver, which cannot send")


def test_it_lives_while_a_cell_runs(run_all, page):
    run_all("busy.ipynb", PANEL)
    panel = page.locator(".smppkit-panel")
    tab(panel, "Sent")
    expect(panel).to_contain_text("latest 200 of 2,000 messages")
    expect(rows(panel, "Sent")).to_have_count(200)
    expect(rows(panel, "Sent").last).to_contain_text("accepted")
    expect(page.locator(".jp-CodeCell").last.locator(".jp-InputPrompt")).to_have_text("[*]:")


def test_texts_of_strangers_are_shown_and_never_run(run_all, page):
    run_all("hostile.ipynb", PANEL)
    panel = page.locator(".smppkit-panel")
    expect(page.locator(".smppkit-card").last).to_be_visible()
    shown = '<img src=x onerror="window.ran=1"><script>window.ran=2</script>\\u202e & <b>bold</b>'
    for table in ("Sent", "Received"):
        tab(panel, table)
        expect(rows(panel, table).first).to_contain_text(shown)
        rows(panel, table).first.click()
        expect(panel.locator(".smppkit-details:visible")).to_contain_text(shown)
    tab(panel, "Send")
    compose(panel, "<b>1</b>", "<img src=x onerror='window.ran=3'>→")
    expect(panel.get_by_label("Plan")).to_contain_text("<img src=x onerror='window.ran=3'>→")
    click(panel, "Send")
    expect(outcome(panel)).to_contain_text("not sent: destination '<b>1</b>'")
    page.set_viewport_size({"width": 1280, "height": 2600})  # all of the notebook
    picture(page, "cards_1280_light")
    dark(page)
    picture(page, "cards_1280_dark")
    assert page.evaluate("typeof window.ran") == "undefined"
    assert page.locator(".jp-OutputArea :is(img[src=x], b, i, script)").count() == 0
    assert page.outside == []
