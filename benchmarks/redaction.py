"""How much of what is personal is taken out of a text, and how much of what is not stays? On texts made here.

    python benchmarks/redaction.py [--texts N] [--seed N] [--json]

Each text is a complaint that one thing personal was put into, in the formats of some twenty countries; beside them stand as
many with what only looks like it: order and tracking numbers, serials, prices, versions, dates, brands that are called like
people. Recall is the share of the personal things that are covered whole, whatever as; precision the share of what was taken
out that is personal. Names and streets are made of syllables, so that no list of the rules holds most of them; a few streets have the commonest names there are. The last line
gives microseconds for a text with nothing in it.
"""

from __future__ import annotations

import argparse
import json
import random
import string
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import phonenumbers
from stdnum import iban as ibans
from stdnum import luhn, verhoeff
from stdnum.es import dni
from stdnum.iso7064 import mod_97_10
from stdnum.it import codicefiscale

from nobodyasked.models.privacy.finding import Kind
from nobodyasked.models.privacy.redaction import find

REGIONS = (
    "US",
    "GB",
    "DE",
    "FR",
    "ES",
    "IT",
    "NL",
    "AU",
    "CA",
    "IN",
    "BR",
    "SE",
    "PL",
    "IE",
    "AT",
    "CH",
    "BE",
    "NZ",
    "ZA",
    "JP",
)
BEGINNINGS = (
    "The parcel came two weeks late and nobody told me.",
    "Your app logs me out every single time.",
    "I was charged twice for the same thing.",
    "The zip broke on the second day.",
    "Die Lieferung kam viel zu spät.",
    "La commande n'est jamais arrivée.",
)
ENDINGS = ("Please sort it out.", "I am still waiting.", "This cannot be right.", "", "Bitte um Antwort.")
FIRST = (
    "Sarah",
    "James",
    "Priya",
    "Mohammed",
    "Anna",
    "Lukas",
    "Chloe",
    "Miguel",
    "Emma",
    "Oliver",
    "Ingrid",
    "Kwame",
    "Sofia",
    "Tariq",
    "Zofia",
)

COMMON = tuple(
    street.strip()
    for street in [
        "\n    12 High Street",
        " 12 Station Road",
        " 12 Church Lane",
        " 12 Victoria Road",
        " 12 The Avenue",
        " 12 The Crescent",
        " 12 The Green",
        " 12 The Close",
        " 12 The Drive",
        "\n    12 Broadway",
        " 12 The Broadway",
        " 12 Kingsway",
        " 12 Queens Road",
        " 12 St. John's Road",
        " 12 Mill Lane",
        " 12 Park Avenue",
        "\n    12 Main Street",
        " 12 North Main Street",
        " 12 Second Street",
        " 12 2nd Street",
        " 12 Fifth Avenue",
        " 12 Oak Street",
        " 12 State Street",
        " 12 Wall Street",
        "\n    12 Star Lane",
        " 12 One Mile Road",
        " 12 Martin Luther King Jr. Blvd",
        " 12 Hill Street",
        " 12 Lake Drive",
        "\n    Hauptstraße 12",
        " Bahnhofstr. 12",
        " Schulstraße 12",
        " Birkenweg 12",
        " Am Sportplatz 12",
        " Am Markt 12",
        " Unter den Linden 12",
        " Berliner Straße 12",
        " Kirchplatz 12",
        "\n    12 rue de l'Église",
        " 12 Grande Rue",
        " 12 rue de la Gare",
        " 12 place de la Mairie",
        " 12 rue du 8 Mai 1945",
        " 12 rue du 11 Novembre",
        " 12 rue Victor Hugo",
        "\n    Calle Mayor 12",
        " Plaza Mayor 12",
        " Calle Real 12",
        " Calle de la Iglesia 12",
        " Avenida de la Constitución 12",
        " C/ Mayor 12",
        " Plaza de España, 12",
        "\n    Via Roma 12",
        " Via Garibaldi 12",
        " Corso Vittorio Emanuele 12",
        " Via XXV Aprile 12",
        " Via G. Matteotti 12",
        " Piazza della Repubblica 12",
        " Viale Europa 12",
        "\n    Kerkstraat 12",
        " Dorpsstraat 12",
        " Schoolstraat 12",
        " Molenweg 12",
        " Stationsweg 12",
        " Markt 12",
        " Prins Bernhardlaan 12",
        " De Ruyterstraat 12\n    ",
    ]
)
"""The commonest names of streets of GB, US, DE, FR, ES, IT and NL, which are made of words that mean other things elsewhere."""


def syllables(random: random.Random, least: int = 2, most: int = 3) -> str:
    parts = (
        random.choice("bdfghklmnprstvw") + random.choice("aeiou") + random.choice(("", "", "n", "r", "l", "s"))
        for _ in range(random.randint(least, most))
    )
    return "".join(parts).capitalize()


def digits(random: random.Random, count: int) -> str:
    return "".join(random.choice(string.digits) for _ in range(count))


def email(random: random.Random) -> tuple[str, str]:
    name = f"{syllables(random)}{random.choice(('.', '_', '', '-'))}{syllables(random)}{random.choice(('', '77', '+shop'))}".lower()
    host = f"{syllables(random).lower()}.{random.choice(('com', 'co.uk', 'de', 'org', 'io', 'fr'))}"
    at = random.choice(("@", "@", "@", "@", " (at) ", "[at]"))
    return random.choice(
        ("You can write to me at {}.", "My account is {}", "I sent it from {} yesterday.", "E-Mail: {}")
    ), f"{name}{at}{host}"


def phone(random: random.Random) -> tuple[str, str]:
    region = random.choice(REGIONS)
    for _ in range(50):
        kind = random.choice((phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE))
        number = phonenumbers.example_number_for_type(region, kind)
        assert number is not None
        assert number.national_number is not None
        text = str(number.national_number)
        number.national_number = int(text[:-4] + digits(random, 4))
        if phonenumbers.is_valid_number(number):
            break
    shape = random.choice(
        (
            phonenumbers.PhoneNumberFormat.NATIONAL,
            phonenumbers.PhoneNumberFormat.INTERNATIONAL,
            phonenumbers.PhoneNumberFormat.E164,
        )
    )
    lead = (
        "Call me on {} please.",
        "My number is {}.",
        "Tel. {}",
        "You can reach me under {} in the evening.",
        "WhatsApp: {}",
    )
    if shape != phonenumbers.PhoneNumberFormat.NATIONAL:
        lead += ("I gave you {} already.", "{}")
    return random.choice(lead), phonenumbers.format_number(number, shape)


def card(random: random.Random) -> tuple[str, str]:
    prefix, length = random.choice(
        (("4", 16), ("4", 16), ("51", 16), ("55", 16), ("2231", 16), ("34", 15), ("37", 15), ("6011", 16), ("3530", 16))
    )
    body = prefix + digits(random, length - len(prefix) - 1)
    number = body + luhn.calc_check_digit(body)
    if random.random() < 0.7:
        cuts = (4, 10) if length == 15 else (4, 8, 12)
        mark = random.choice((" ", "-"))
        number = mark.join(number[a:b] for a, b in zip((0, *cuts), (*cuts, length), strict=True))
    return random.choice(
        (
            "My card {} was charged twice.",
            "I paid with {}.",
            "The card number is {}, exp 04/29.",
            "{} was refused at the till.",
        )
    ), number


def iban(random: random.Random) -> tuple[str, str]:
    country, body = random.choice(
        (
            ("DE", digits(random, 18)),
            ("AT", digits(random, 16)),
            ("PL", ""),
            ("GB", "".join(random.choices(string.ascii_uppercase, k=4)) + digits(random, 14)),
            ("NL", "".join(random.choices(string.ascii_uppercase, k=4)) + digits(random, 10)),
            ("CH", digits(random, 17)),
            ("IE", "".join(random.choices(string.ascii_uppercase, k=4)) + digits(random, 14)),
        )
    )
    if country == "PL":
        country, body = "DE", digits(random, 18)
    check = mod_97_10.calc_check_digits(body + country)
    number = f"{country}{check}{body}"
    assert ibans.is_valid(number, check_country=False)
    if random.random() < 0.6:
        number = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
    return random.choice(
        ("Refund to {} please.", "IBAN: {}", "My account is {} and no other.", "Bitte auf {} überweisen.")
    ), number


def identity(random: random.Random) -> tuple[str, str]:
    def date(form: str) -> str:
        values = {
            "Y": f"{random.randint(50, 99)}",
            "M": f"{random.randint(1, 12):02}",
            "D": f"{random.randint(1, 28):02}",
        }
        return "".join(values[letter] for letter in form)

    def person() -> str:
        born = date("YMD")
        serial = digits(random, 3)
        return f"{born}-{serial}{luhn.calc_check_digit(born + serial)}"

    def spanish() -> str:
        number = digits(random, 8)
        return number + random.choice(("", "-")) + dni.calc_check_digit(number)

    def french() -> str:
        number = f"{random.choice('12')}{random.randint(50, 99)}{random.randint(1, 12):02}{random.randint(10, 89)}{digits(random, 6)}"
        return f"{number}{97 - int(number) % 97:02}"

    def italian() -> str:
        consonants = "".join(random.choices("BCDFGLMNPRST", k=6))
        body = f"{consonants}{random.randint(50, 99)}{random.choice('ABCDEHLMPRST')}{random.randint(1, 28):02}{random.choice('ABCDEFGH')}{random.randint(100, 999)}"
        return body + codicefiscale.calc_check_digit(body)

    def finnish() -> str:
        body = date("DMY") + f"{random.randint(2, 899):03}"
        return f"{body[:6]}-{body[6:]}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(body) % 31]}"

    def indian() -> str:
        body = str(random.randint(2, 9)) + digits(random, 10)
        whole = body + verhoeff.calc_check_digit(body)
        return f"{whole[:4]} {whole[4:8]} {whole[8:]}"

    def insurance() -> str:
        return f"{random.choice(('AB', 'JG', 'PX', 'SR'))} {digits(random, 2)} {digits(random, 2)} {digits(random, 2)} {random.choice('ABCD')}"

    makers: tuple[Callable[[], str], ...] = (
        lambda: f"{random.randint(1, 665):03}-{random.randint(1, 99):02}-{random.randint(1, 9999):04}",
        insurance,
        spanish,
        french,
        italian,
        person,
        finnish,
        indian,
    )
    if random.random() < 0.25:
        return random.choice(
            (
                ("My passport number is {}.", random.choice("CXP") + digits(random, 8)),
                ("PESEL {}", digits(random, 11)),
                ("Mijn BSN is {}.", digits(random, 9)),
                ("my social security number {} is wrong in your file", digits(random, 9)),
            )
        )
    return random.choice(
        ("My id is {}.", "You have {} on file for me.", "They asked for {} twice!", "{}")
    ), random.choice(makers)()


def address(random: random.Random) -> tuple[str, str]:
    number, name, town = random.randint(1, 299), syllables(random), syllables(random)
    state = random.choice(("CA", "TX", "NY", "IL", "OR"))
    uk = f"{random.choice(('SW', 'M', 'LS', 'BS'))}{random.randint(1, 19)} {random.randint(1, 9)}{random.choice(('AB', 'QT', 'XY', 'DL'))}"
    made = random.choice(
        (
            f"{number} {name} {random.choice(('Street', 'St', 'Avenue', 'Road', 'Lane', 'Blvd'))}",
            f"{number} {name} {random.choice(('Drive', 'Court', 'Way'))}, {town}, {state} {random.randint(10000, 99000)}",
            f"{number} {name} {random.choice(('Street', 'Ave'))}, Apt {random.randint(1, 40)}, {town}, {state} {random.randint(10000, 99000)}",
            f"{number} {name} {random.choice(('Close', 'Road', 'Gardens'))}, {town} {uk}",
            f"{name}straße {number}, {random.randint(10000, 99000)} {town}",
            f"{name}weg {number}",
            f"{number} rue de {name}, {random.randint(10000, 95000)} {town}",
            f"{number}, avenue {name}",
            f"Calle {name} {number}",
            f"Via {name} {number}, {random.randint(10000, 98000)} {town}",
            f"{name}straat {number}, {random.randint(1000, 9999)} {random.choice(('AB', 'KX', 'ZT'))} {town}",
            f"ul. {name} {number}, {random.randint(10, 99)}-{random.randint(100, 999)} {town}",
            f"Rua {name}, {number}",
            f"{name}gatan {number}",
            f"PO Box {random.randint(100, 9999)}",
            random.choice(COMMON).replace("12", str(number)),
        )
    )
    return random.choice(
        ("I live at {}.", "Deliver it to {} please.", "My address is {}", "It was sent to {} and not to me.")
    ), made


def name(random: random.Random) -> tuple[str, str]:
    made, known, last = syllables(random), random.choice(FIRST), syllables(random)
    full = random.choice((f"{known} {last}", f"{made} {last}"))
    return random.choice(
        (
            ("My name is {} and I am not amused.", full),
            ("Kind regards,\n{}", random.choice((full, made, known))),
            ("Best wishes\n\n{}\n", full),
            ("Mit freundlichen Grüßen\n{}", full),
            ("Cordialement,\n{}", full),
            ("Thanks, {}", known),
            ("I spoke to {} on Monday.", known),
            ("Mrs. {} promised to call back.", last),
            ("Ich heiße {}.", full),
            ("From: {} <x>\nSubject: late", full),
            ("On Tue, 4 Mar 2025 at 10:02, {} wrote:\n> we are sorry", full),
            ("This is {}, your customer of ten years.", f"{known} {last}"),
            ("Customer name: {}", full),
        )
    )


SEEDS: dict[Kind, Callable[[random.Random], tuple[str, str]]] = {
    Kind.EMAIL: email,
    Kind.PHONE: phone,
    Kind.CARD: card,
    Kind.IBAN: iban,
    Kind.ID: identity,
    Kind.ADDRESS: address,
    Kind.NAME: name,
}


def harmless(random: random.Random) -> str:
    """A sentence with what is not personal."""
    number = digits(random, random.choice((6, 8, 10, 12, 16, 22)))
    return random.choice(
        (
            f"Order {digits(random, 3)}-{digits(random, 7)}-{digits(random, 7)} never came.",
            f"Order number {number} is lost.",
            f"Tracking 1Z{digits(random, 3)}AA{digits(random, 10)} says delivered.",
            f"Tracking number: {number}",
            f"Invoice no. {number} is wrong.",
            f"Ticket #{digits(random, 8)} was closed without an answer.",
            f"Serial {syllables(random).upper()}-{digits(random, 8)} does not work.",
            f"Since version {random.randint(1, 12)}.{random.randint(0, 40)}.{random.randint(0, 999)}.{random.randint(0, 9999)} it crashes.",
            f"It cost ${random.randint(1, 9)},{digits(random, 3)}.{digits(random, 2)}, not {digits(random, 4)} EUR.",
            f"Bought on {random.randint(2015, 2026)}-{random.randint(1, 12):02}-{random.randint(1, 28):02} and broken by {random.randint(1, 12)}/{random.randint(1, 28)}/2026.",
            f"From 2019 to 2024 I paid {digits(random, 3)} 000 points for it.",
            "My Dr. Martens fell apart, and the Ben Sherman shirt too.",
            "The Mr. Coffee machine leaks; Johnnie Walker was fine.",
            f"The {random.randint(1, 8)} TB Hard Drive and the {random.randint(16, 512)} GB Flash Drive are slow.",
            f"Room {digits(random, 3)} had {random.randint(1, 5)} Star Place comfort at best.",
            f"EAN {digits(random, 13)}, size {random.randint(36, 48)}, colour Forest Road green.",
            "Hi Amazon, thanks for nothing. Dear Support Team, do better.",
            "Thank you Google for this wonderful app. Best app ever",
            f"The Galaxy S{random.randint(8, 25)} and the iPhone {random.randint(8, 17)} Pro Max both freeze.",
            f"Error code 0x{digits(random, 8)} at {random.randint(0, 23):02}:{random.randint(10, 59)}:{random.randint(10, 59)}.",
            f"Flight BA{digits(random, 4)} on 12.03.2026 was late by {random.randint(1, 9)} hours.",
            f"Chapter {random.randint(1, 30)}, pages {random.randint(100, 400)}-{random.randint(401, 900)}, are missing.",
            "It's May, I'm happy, this is great, and Will it ever ship?",
            "Best regards to nobody: the worst.\nThe app is useless",
            f"Model X{digits(random, 3)}-{digits(random, 4)} replaced part {digits(random, 3)}.{digits(random, 3)}.{digits(random, 2)}.",
        )
    )


@dataclass
class Tally:
    """Of one kind: things put in, covered whole, and covered as what they are."""

    seeded: int = 0
    covered: int = 0
    named: int = 0


@dataclass
class Result:
    kinds: dict[Kind, Tally] = field(default_factory=dict)
    taken: int = 0
    """Ranges that were taken out of all texts."""
    wrong: Counter[str] = field(default_factory=Counter)
    """Those that hold nothing personal."""

    @property
    def recall(self) -> float:
        return sum(tally.covered for tally in self.kinds.values()) / sum(tally.seeded for tally in self.kinds.values())

    @property
    def precision(self) -> float:
        return 1 - self.wrong.total() / self.taken if self.taken else 1.0


def measure(texts: int, seed: int) -> Result:
    """Recall and precision over `texts` texts of each kind, and as many harmless ones as all of these."""
    chance = random.Random(seed)
    result = Result()
    for kind, make in SEEDS.items():
        tally = result.kinds[kind] = Tally()
        for _ in range(texts):
            frame, thing = make(chance)
            before = (
                f"{chance.choice(BEGINNINGS)}{chance.choice((' ', chr(10)))}"
                if "\n" not in frame
                else f"{chance.choice(BEGINNINGS)}\n"
            )
            after = (
                ""
                if "\n" in frame or frame.startswith("Thanks")
                else f" {chance.choice(ENDINGS)}"
                if "name:" not in frame
                else "\nBye"
            )
            head, tail = frame.split("{}")
            text = before + head + thing + tail + after
            start = len(before) + len(head)
            judge(result, tally, text, start, start + len(thing), kind)
            plain = f"{chance.choice(BEGINNINGS)} {harmless(chance)} {chance.choice(ENDINGS)}".strip()
            for one in find(plain):
                result.taken += 1
                result.wrong[plain[one.start : one.end]] += 1
    return result


def judge(result: Result, tally: Tally, text: str, start: int, end: int, kind: Kind) -> None:
    tally.seeded += 1
    covered = 0
    for one in find(text):
        result.taken += 1
        overlap = min(end, one.end) - max(start, one.start)
        if overlap <= 0:
            result.wrong[text[one.start : one.end]] += 1
        else:
            covered += overlap
            tally.named += one.kind is kind and one.start <= start
    # a dot or a bracket at the end tells nothing
    tally.covered += covered >= len(text[start:end].rstrip(".)"))


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=1_000, help="texts of each kind (1000)")
    parser.add_argument("--seed", type=int, default=1, help="of the texts (1)")
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    options = parser.parse_args(argv)
    result = measure(options.texts, options.seed)
    plain = [f"{one} {other} {one}" for one in BEGINNINGS for other in ENDINGS]
    began = time.process_time()
    for _ in range(100):
        for text in plain:
            find(text)
    micro = (time.process_time() - began) / len(plain) / 100 * 1e6
    told = {
        "recall": round(result.recall, 4),
        "precision": round(result.precision, 4),
        "kinds": {kind.name: round(tally.covered / tally.seeded, 4) for kind, tally in result.kinds.items()},
        "named": {kind.name: round(tally.named / tally.seeded, 4) for kind, tally in result.kinds.items()},
        "microseconds_plain": round(micro, 1),
    }
    if options.json:
        print(json.dumps(told))
        return 0
    print(f"{'kind':10} {'recall':>8} {'told as such':>14}")
    for kind, tally in result.kinds.items():
        print(f"{kind.name.lower():10} {tally.covered / tally.seeded:8.3f} {tally.named / tally.seeded:14.3f}")
    print(f"{'all':10} {result.recall:8.3f}")
    print(f"precision {result.precision:9.3f}")
    print(f"taken out wrongly: {', '.join(map(repr, [text for text, _ in result.wrong.most_common(12)])) or 'nothing'}")
    print(f"a text with nothing in it: {micro:.1f} microseconds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
