"""Asks a server one question again and again, as a client of one kind, until its standard input ends.

    clients.py pyhive HOST PORT USER PASSWORD SQL
    clients.py connect URL SQL

Prints each answer that differs from the one before, then how often it has asked. An error ends it, in a line.
"""

import sys
import threading


def pyhive(host, port, user, password):
    from sqlalchemy import create_engine, text
    from sqlalchemy.engine import URL

    url = URL.create("hive", user, password, host, int(port), "default", {"auth": "LDAP"})
    connection = create_engine(url).connect()
    return lambda sql: connection.execute(text(sql)).one()


def connect(url):
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(url).getOrCreate()
    return lambda sql: spark.sql(sql).first()


def main(kind, *arguments):
    over = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), over.set()), daemon=True).start()
    try:
        ask = {"pyhive": pyhive, "connect": connect}[kind](*arguments[:-1])
        answer, asked = None, 0
        while not over.wait(0.3):
            before, answer = answer, ask(arguments[-1])
            asked += 1
            if answer != before:
                print("answer", *answer, flush=True)
    except Exception as e:
        sys.exit(" ".join(f"failed: {type(e).__name__}: {e}".split()))
    print("asked", asked)


main(*sys.argv[1:])
