"""expect_samples.py <data folder of vega-datasets> <rows folder>: the rows that the samples of `npm start` should become, worked out
from the data sets alone; written down as rows.py does. Prints one JSON object: table name -> rows, figures by column."""

import csv
import json
import sys
from datetime import datetime, timezone
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from rows import micros, write_rows

MILLIONTH = Decimal("0.000001")
DOUBLES_OF_EARTHQUAKES = {"mag", "cdi", "mmi", "dmin", "rms", "gap"}


def stock_prices(data: Path):
    """Trades have odd ids above 2^53; the notional is price × quantity, exact to six decimals."""
    trades = []
    with open(data / "stocks.csv", encoding="utf-8") as file:
        for index, row in enumerate(csv.DictReader(file)):
            day = datetime.strptime(row["date"], "%b %d %Y")
            trades.append((day, row["symbol"], row["price"], 98_765_432_101 + 7_919 * index))
    with open(data / "sp500-2000.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            trades.append((datetime.fromisoformat(row["date"]), "SPX", row["close"], int(row["volume"])))
    for place, (day, ticker, price, quantity) in enumerate(trades):
        yield {
            "event_time": day.replace(tzinfo=timezone.utc),
            "ticker": ticker,
            "price": float(price),
            "trade_id": 2**53 + 1 + 2 * place,
            "notional": Decimal(price).quantize(MILLIONTH, ROUND_DOWN) * quantity,
        }


def flights(data: Path):
    yield from json.loads((data / "flights-200k.json").read_text("utf-8"))


def earthquakes(data: Path):
    for feature in json.loads((data / "earthquakes.json").read_text("utf-8"))["features"]:
        for name in DOUBLES_OF_EARTHQUAKES & feature["properties"].keys():
            value = feature["properties"][name]
            feature["properties"][name] = None if value is None else float(value)
        feature["geometry"]["coordinates"] = [float(value) for value in feature["geometry"]["coordinates"]]
        yield feature
    # One of the broken payloads fits after all: a string column takes other values as their JSON.
    yield {"type": "7", "id": '["x"]'}


def movies(data: Path):
    for movie in json.loads((data / "movies.json").read_text("utf-8")):
        row = {name.replace(" ", "_"): value for name, value in movie.items()}
        row["Title"] = None if row["Title"] is None else str(row["Title"])
        row["IMDB_Rating"] = None if row["IMDB_Rating"] is None else float(row["IMDB_Rating"])
        yield row
    yield {"Title": '{"en":"Nested"}'}


def values_by_column(rows, prefix="") -> dict:
    columns = {}
    for row in rows:
        for name, value in row.items():
            if value is not None:
                columns.setdefault(f"{prefix}{name}", []).append(value)
    for name, values in list(columns.items()):
        if isinstance(values[0], dict):
            columns |= values_by_column(values, f"{name}.")
    return columns


def figures(values: list) -> dict:
    out = {"known": len(values)}
    match values[0]:
        case int() | Decimal():
            out["sum"] = str(sum(values))
        case float():
            out["about"] = sum(values)
        case str():
            out["length"] = sum(map(len, values))
        case datetime():
            out |= {"min": min(map(micros, values)), "max": max(map(micros, values))}
        case list():
            out["items"] = sum(map(len, values))
    return out


def expect(table: str, rows: list) -> dict:
    write_rows(rows_folder, table, rows)
    return {"rows": len(rows), "columns": {name: figures(values) for name, values in values_by_column(rows).items()}}


data, rows_folder = Path(sys.argv[1]), sys.argv[2]
print(json.dumps({make.__name__: expect(make.__name__, list(make(data))) for make in (stock_prices, flights, earthquakes, movies)}))
