import pytest

from nobodyasked.inference import HashedWords, Kind, Message, find, tell
from nobodyasked.inference.label import Labels
from nobodyasked.inference.spam import is_spam

SPAM = [
    "Dear friend, I am the lawyer of your late uncle and you are his next of kin. Contact me with your bank details within 48 hours.",
    "You have been selected to receive a $1000 gift card! Click here to claim it now.",
    "Hi, we are a leading digital marketing agency. Can we schedule a short call to show how we can help your brand?",
    "Hello, I came across your online store and I can offer backlinks at good rates. Shall I send our price list?",
    "Make $3,000 a week from your sofa. Text me for the details!!",
    "Your account has been suspended. Click the link to verify your identity.",
    "We are a manufacturer of LED lamps in Shenzhen. Please find attached our catalogue and let us know your needs.",
    "Guaranteed returns with our trading platform, join now and double your money",
    "Dear Sir, we provide web design services at affordable prices. May I send you a proposal?",
    "Your storage is almost full. Upgrade within 24 hours or your files will be deleted.",
    "Use my referral code 77ABX and we both get ten euros",
    "Congratulations! Your number was drawn in the national lottery, contact agent Smith to claim now.",
    "Earn money from home, no experience needed, apply now",
]
OF_CUSTOMERS = [
    "I got a mail saying I have won a gift card and to click here. Is this from you?",
    "Your newsletter has no way to unsubscribe, I clicked the link and nothing happens",
    "Your mailbox for returns is full, I can't send the parcel",
    "The app says my account will be deleted within 24 hours, why?",
    "We are a supplier of huts and our invoice is wrong. Please call me.",
    "My storage is full and my files will be deleted within 48 hours, this is blackmail",
    "You have won a customer for life, thank you! Call me if you need a reference",
    "I make $200 a month with photos and your upload is too slow, please call me",
    "We offer guided tours and ordered twelve jackets, four are missing. Please contact us.",
    "You were chosen to lead the market but the support is terrible, contact me",
    "We provide training services for schools and need one invoice per class. Could we call somebody?",
    "Please send me your catalogue by post, I do not use the internet",
    "why do I have to verify your account mails every day? let me click here once",
    "Your password is expired every two weeks. Sign up now, they said.",
    "Click here does nothing, the button to verify your e-mail is dead",
    "My account has been suspended and no one answers within 48 hours",
    "Can I use my referral code twice?",
    "Your account page is locked, it will be closed without a word",
    "Your storage is full after two photos. Within 24 hours! I pay for this?",
    "We are a small travel agency and would like twelve tents in one order. May we call someone?",
    "We offer marketing courses; the video call drops every time. Can we schedule a call?",
    "You won the race for the worst checkout. Call me.",
    "Is there a limited offer for the red tent? Please contact me.",
    "",
]


@pytest.mark.parametrize("text", SPAM)
def test_swindle_advertising_and_offers_of_trade_are_spam(text: str) -> None:
    assert is_spam(text)


@pytest.mark.parametrize("text", OF_CUSTOMERS)
def test_what_a_customer_tells_is_none_whatever_it_speaks_of(text: str) -> None:
    assert not is_spam(text)


def test_spam_is_set_aside_as_a_whole_but_for_what_people_labelled() -> None:
    texts = [*SPAM, "The parcel never arrives"]
    messages = [Message(number, text, number) for number, text in enumerate(texts)]
    found = find(messages, HashedWords())
    assert {span.key for span in found.spans} == {len(SPAM)}
    assert found.counts["noise"] >= len(SPAM)
    end = len("Make $3,000 a week from your sofa.")
    labelled = find(messages, HashedWords(), labels=Labels({(4, 0, end): Kind.PAIN}))
    assert {span[:3] for span in labelled.spans if span.key < len(SPAM)} == {(4, 0, end)}
    # no English rule judges what is in another language
    (foreign,) = find([Message(1, SPAM[1], language="nl")], HashedWords()).spans[:1]
    assert foreign.kind is Kind.PAIN


def test_a_sentence_for_ones_own_account_is_noise_and_the_rest_of_the_message_is_not() -> None:
    texts = ["Also subscribe to my channel Quirky Times", "Follow me on Instagram", "I follow my parcel on your page"]
    kinds = [signal.kind for signal in tell(texts)]
    assert kinds[:2] == [Kind.NOISE] * 2
    assert kinds[2] is not Kind.NOISE
