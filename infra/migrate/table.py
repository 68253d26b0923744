"""Converts a table of your own: a CSV file with a header, and which column is which field.

  table.py users.csv import_id=id email=email name=first_name+last_name password_hash=password created_at=date_joined

`+` joins columns with a space; `!` before a column negates it, as in `disabled=!is_active`. Password hashes are those of bcrypt,
passlib, Django (PBKDF2, scrypt, argon2, bcrypt) or Werkzeug, or PHC strings.
"""

import argparse
import csv
import sys

from lines import FIELDS, flag, from_text, hash_of, line, time, write

FLAGS = ("email_verified", "disabled")


def value(row, field, columns):
    texts = [row[column.removeprefix("!")] or "" for column in columns]
    if field in FLAGS:
        return flag(texts[0]) != columns[0].startswith("!")
    return " ".join(text.strip() for text in texts if text.strip())


def convert(row, columns):
    fields = {field: value(row, field, names) for field, names in columns.items()}
    import_id = fields.pop("import_id")
    if "created_at" in fields:
        fields["created_at"] = time(fields["created_at"])
    if fields.get("password_hash"):
        fields["password_hash"] = hash_of(import_id, from_text, fields["password_hash"])
    return line(import_id, **fields)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", help="a CSV file")
    parser.add_argument("columns", nargs="+", metavar="FIELD=COLUMN", help=f"a field ({', '.join(FIELDS)}) and its column")
    arguments = parser.parse_args()
    columns = {field: names.split("+") for field, names in (pair.split("=", 1) for pair in arguments.columns if "=" in pair)}
    with open(arguments.table, encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        wanted = {name.removeprefix("!") for names in columns.values() for name in names}
        missing = sorted(wanted - set(rows.fieldnames or []))
        if missing or "import_id" not in columns or columns.keys() - set(FIELDS) or "upstream" in columns:
            sys.exit(f"a column is missing ({', '.join(missing)}), or import_id, or a field is not one of a table")
        write(convert(row, columns) for row in rows)


if __name__ == "__main__":
    main()
