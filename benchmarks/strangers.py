"""How much of what is personal is taken out of texts whose personal things nobody here made up?

    pip install faker
    python -m benchmarks strangers [--texts N] [--seed N]

Names, addresses, phone numbers, cards, IBANs and national ids of ten countries as the library Faker makes them, each put
where a customer would: "I live at ...", below a greeting, after "my card". Printed are the shares that are covered whole, by
kind and country. `benchmarks/redaction.py` does the same with things made here.
"""

from __future__ import annotations

import argparse
import importlib
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from nobodyasked.models.privacy.redaction import find

SAID = {
    "en_US": ("My name is {}", "I live at {}", "Call me on {}", "My SSN is {}"),
    "en_GB": ("My name is {}", "I live at {}", "Call me on {}", "My national insurance number is {}"),
    "de_DE": ("Mein Name ist {}", "Ich wohne in der {}", "Rufen Sie mich an unter {}", "Meine Sozialversicherungsnummer ist {}"),
    "fr_FR": ("Je m'appelle {}", "J'habite au {}", "Appelez-moi au {}", "Mon numéro de sécurité sociale est {}"),
    "es_ES": ("Me llamo {}", "Vivo en {}", "Llámeme al {}", "Mi DNI es {}"),
    "it_IT": ("Mi chiamo {}", "Abito in {}", "Chiamatemi al {}", "Il mio codice fiscale è {}"),
    "nl_NL": ("Mijn naam is {}", "Ik woon aan de {}", "Bel me op {}", "Mijn BSN is {}"),
    "sv_SE": ("Jag heter {}", "Jag bor på {}", "Ring mig på {}", "Mitt personnummer är {}"),
    "pl_PL": ("Nazywam się {}", "Mieszkam przy {}", "Proszę dzwonić {}", "Mój PESEL to {}"),
    "pt_BR": ("Meu nome é {}", "Moro na {}", "Ligue para {}", "Meu CPF é {}"),
}  # fmt: skip
"""By country: how people say who they are, where they live, their number and their id."""
ID = {"es_ES": "nif", "pl_PL": "pesel"}
HEAD, TAIL = "The parcel came late.\n", " Please help."


def seeds(locale: str, made: Any) -> list[tuple[str, str, Callable[[], str]]]:
    """Kind, text around it, and what makes it."""
    name, home, phone, national = SAID[locale]

    def full_name() -> str:  # of titles many stay, which tell nobody
        return f"{made.first_name()} {made.last_name()}"

    return [
        ("name", f"{HEAD}{name}.{TAIL}", full_name),
        ("name", "It broke.\n\nKind regards,\n{}", full_name),
        ("address", f"{HEAD}{home}.{TAIL}", lambda: made.address().replace("\n", ", ")),
        ("address", f"{HEAD}I live at {{}}.{TAIL}", lambda: made.address().replace("\n", ", ")),
        ("address", f"{HEAD}My address: {{}}\n{TAIL}", made.address),
        ("phone", f"{HEAD}{phone}.{TAIL}", made.phone_number),
        ("e-mail", f"{HEAD}Write to {{}}.{TAIL}", made.email),
        ("IBAN", f"{HEAD}Refund to {{}}.{TAIL}", made.iban),
        ("card", f"{HEAD}My card {{}} was charged.{TAIL}", made.credit_card_number),
        ("id", f"{HEAD}{national}.{TAIL}", getattr(made, ID.get(locale, "ssn"))),
    ]


def measure(texts: int, seed: int) -> dict[str, dict[str, float]]:
    """By kind and country the share of seeds that is covered whole."""
    faker = importlib.import_module("faker")
    good: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for locale in SAID:
        made = faker.Faker(locale)
        made.seed_instance(seed)
        for kind, frame, make in seeds(locale, made):
            for _ in range(texts):
                thing = make()
                start = frame.index("{}")
                end = start + len(thing.rstrip(".) "))
                found = find(frame.replace("{}", thing))
                covered = sum(max(0, min(end, one.end) - max(start, one.start)) for one in found)
                good[kind][locale].append(covered >= end - start)
    return {
        kind: {locale: sum(some) / len(some) for locale, some in by_locale.items()} for kind, by_locale in good.items()
    }


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100, help="of each kind, way and country (100)")
    parser.add_argument("--seed", type=int, default=7, help="of Faker (7)")
    options = parser.parse_args(argv)
    print(f"{'':9}{'all':>7}" + "".join(f"{locale:>7}" for locale in SAID))
    for kind, shares in measure(options.texts, options.seed).items():
        mean = sum(shares.values()) / len(shares)
        print(f"{kind:9}{mean:7.2f}" + "".join(f"{shares[locale]:7.2f}" for locale in SAID))


if __name__ == "__main__":
    main()
