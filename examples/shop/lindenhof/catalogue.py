"""What the example shop is made of: people, places, goods. All of it is invented."""

from __future__ import annotations

from decimal import Decimal

# country: currency, language, carrier, cities, names
COUNTRIES: dict[str, tuple[str, str, str, tuple[str, ...], tuple[str, ...]]] = {
    "DE": (
        "EUR",
        "de",
        "DHL",
        ("10115 Berlin", "20095 Hamburg", "50667 Köln", "80331 München", "04109 Leipzig"),
        (
            "Jürgen Müller",
            "Anja Schäfer",
            "Björn Köhler",
            "Sabine Weiß",
            "Lukas Großmann",
            "Katrin Jäger",
            "Moritz Böhm",
            "Heike Krüger",
            "Felix Vogel",
            "Johanna Lindner",
            "Tobias Schröder",
            "Miriam Ahrens",
            "Emre Yıldız",
            "Greta von Thal",
        ),
    ),
    "AT": (
        "EUR",
        "de",
        "Österreichische Post",
        ("1010 Wien", "8010 Graz", "5020 Salzburg"),
        ("Theresa Gruber", "Matthias Huber", "Leonie Steiner", "Stefan Mayrhofer"),
    ),
    "CH": (
        "CHF",
        "de",
        "Swiss Post",
        ("8001 Zürich", "3011 Bern", "4051 Basel"),
        ("Reto Bühler", "Ursina Caflisch", "Beat Zürcher", "Noëlle Favre", "Urs Ammann", "Seraina Frei"),
    ),
    "GB": (
        "GBP",
        "en",
        "Royal Mail",
        ("London EC1A 1BB", "Leeds LS1 4DY", "Bristol BS1 5TR", "Glasgow G1 1XQ"),
        (
            "Eleanor Whitfield",
            "Callum Fraser",
            "Priya Nair",
            "Oliver Pemberton",
            "Siân Llewellyn",
            "Harriet Cole",
            "Desmond Clarke",
            "Niamh O'Connor",
            "George Ashdown",
            "Amelia Thorne",
        ),
    ),
    "US": (
        "USD",
        "en",
        "UPS",
        ("Portland, OR 97204", "Austin, TX 78701", "Boston, MA 02108", "Denver, CO 80202"),
        (
            "Marcus Delgado",
            "Hannah Brooks",
            "Tyrell Jackson",
            "Sofia Ramirez",
            "Wei Zhang",
            "Caroline Hayes",
            "Ethan McAllister",
            "Grace Okafor",
            "Noah Feldman",
            "Ruth Ann Carver",
        ),
    ),
    "SE": (
        "SEK",
        "en",
        "PostNord",
        ("111 20 Stockholm", "411 03 Göteborg", "211 22 Malmö"),
        ("Åsa Lindqvist", "Göran Öberg", "Maja Sjöström", "Henrik Dahl"),
    ),
}

STREETS = (
    "12 Harbour Row",
    "7 Mill Lane",
    "Lindenweg 4",
    "Am Markt 19",
    "31 Orchard Street",
    "Bergstraße 88",
)

# sku, name, price in EUR
GOODS: tuple[tuple[str, str, Decimal], ...] = (
    ("LMP-01", "Desk lamp", Decimal("39.90")),
    ("LMP-02", "Reading lamp with dimmer", Decimal("64.60")),
    ("MUG-01", "Stoneware mug", Decimal("12.50")),
    ("NTB-01", "Notebook, dotted, A5", Decimal("19.90")),
    ("PEN-01", "Fountain pen, fine nib", Decimal("48.00")),
    ("BAG-01", "Canvas rucksack", Decimal("89.00")),
    ("BAG-02", "Leather messenger bag", Decimal("129.00")),
    ("KTL-01", "Gooseneck kettle", Decimal("74.90")),
    ("SCL-01", "Kitchen scale", Decimal("27.40")),
    ("CHR-01", "Folding chair, oak", Decimal("112.00")),
    ("BLK-01", "Wool blanket", Decimal("98.50")),
    ("CLK-01", "Wall clock", Decimal("45.30")),
    ("PLT-01", "Plant pot, terracotta", Decimal("16.20")),
    ("CND-01", "Beeswax candle", Decimal("9.80")),
    ("KNF-01", "Bread knife", Decimal("36.70")),
    ("TWL-01", "Linen tea towels, set of three", Decimal("24.00")),
)

# How many of that currency the shop asks for one euro on its price tags.
PRICE_FACTORS: dict[str, Decimal] = {
    "EUR": Decimal("1.0"),
    "USD": Decimal("1.0"),
    "GBP": Decimal("0.9"),
    "CHF": Decimal("1.0"),
    "SEK": Decimal("11.0"),
}
