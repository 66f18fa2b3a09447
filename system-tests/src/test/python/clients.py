"""Asks a server one question again and again, as a client of one kind, until its standard input ends.

    clients.py pyhive HOST PORT USER PASSWORD SQL
    clients.py connect URL SQL

Prints each answer that differs from the one before, then how often it has asked. An error ends it, in a line.

    clients.py hostile URL STATEMENTS TABLE FILE

Tries what no client may do: the statements of a file, and what only Spark Connect can. Prints what got through.

    clients.py feeds URL STATEMENTS

Tries to get a row by each statement of a file, or the name of what it is about from the catalog. Prints what got through.

    clients.py join URL TOKEN OTHER

Opens a session with ids of its choice and joins it by the same ones, with the same token and with another.
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


def hostile(url, statements, table, file):
    from pyspark.sql import SparkSession
    from pyspark.sql.functions import udf

    spark = SparkSession.builder.remote(url).getOrCreate()
    numbers = spark.range(3)

    def shown(value):
        if value is None or "*" in value:
            raise PermissionError("hidden")

    def secrets():
        settings = spark.conf.getAll.items()
        leaked = [name for name, value in settings if value and ("secret.key" in name or "token" in name) and "*" not in value]
        if not leaked:
            raise PermissionError("hidden")

    attempts = {
        "udf": lambda: numbers.select(udf(lambda x: "x")("id")).collect(),
        "registered udf": lambda: spark.udf.register("f", lambda x: x),
        "mapInArrow": lambda: numbers.mapInArrow(lambda batches: batches, "id BIGINT").collect(),
        "mapInPandas": lambda: numbers.mapInPandas(lambda frames: frames, "id BIGINT").collect(),
        "applyInPandas": lambda: numbers.groupBy("id").applyInPandas(lambda frame: frame, "id BIGINT").collect(),
        "text": lambda: spark.read.text(file).collect(),
        "delta": lambda: spark.read.format("delta").load(table).collect(),
        "binary": lambda: spark.read.format("binaryFile").load(file).collect(),
        "jdbc": lambda: spark.read.jdbc("jdbc:derby:memory:x;create=true", "t").collect(),
        "schema of a file": lambda: spark.read.parquet(file).schema,
        "stream of files": lambda: spark.readStream.text(file).schema,
        "stream": lambda: spark.readStream.format("rate").load().writeStream.format("noop").start(),
        "save": lambda: numbers.write.mode("append").format("delta").save(table),
        "text file": lambda: numbers.selectExpr("string(id)").write.text(file + ".out"),
        "saveAsTable": lambda: numbers.write.saveAsTable("t"),
        "insertInto": lambda: numbers.write.insertInto("clicks_by_ad_1m"),
        "writeTo": lambda: numbers.writeTo("t").using("delta").create(),
        "createTable": lambda: spark.catalog.createTable("t", path=file, source="text"),
        "cacheTable": lambda: spark.catalog.cacheTable("clicks_by_ad_1m"),
        "clearCache": lambda: spark.catalog.clearCache(),
        "refreshByPath": lambda: spark.catalog.refreshByPath("/"),
        "recoverPartitions": lambda: spark.catalog.recoverPartitions("t"),
        "cache": lambda: numbers.cache().count(),
        "checkpoint": lambda: numbers.checkpoint(),
        "localCheckpoint": lambda: numbers.localCheckpoint(),
        "global view": lambda: numbers.createGlobalTempView("v"),
        "artifact": lambda: spark.addArtifact(file, file=True),
        "python file": lambda: spark.addArtifact(__file__, pyfile=True),
        "files by SQL": lambda: spark.conf.set("spark.sql.runSQLOnFiles", "true"),
        "another catalog": lambda: spark.conf.set("spark.sql.catalog.x", "x.X"),
        "another endpoint": lambda: spark.conf.set("fs.s3a.endpoint", "http://127.0.0.1:9"),
        "secret": lambda: shown(spark.conf.get("spark.hadoop.fs.s3a.secret.key")),
        "token": lambda: shown(spark.conf.get("spark.connect.authenticate.token")),
        "all settings": secrets,
    }
    with open(statements, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("--"):
                sql = line.strip().replace("{table}", table).replace("{lake}", table).replace("{file}", file)
                attempts[sql] = lambda sql=sql: planned(spark.sql(sql).collect())
    for name, attempt in attempts.items():
        try:
            attempt()
            print("through", name, flush=True)
        except Exception:  # refused, in whatever words
            pass
    print("tried", len(attempts), flush=True)
    print("answer", *spark.sql("SELECT count(*) > 0 FROM clicks_by_ad_1m").first())


def feeds(url, statements):
    from pyspark.sql import SparkSession

    spark = SparkSession.builder.remote(url).getOrCreate()
    lists = {
        "tables": lambda: [t.name for t in spark.catalog.listTables() if "clicks" in t.name],
        "tables of default": lambda: [t.name for t in spark.catalog.listTables("default") if "clicks" in t.name],
        "exists": lambda: spark.catalog.tableExists("clicks_by_ad_1m"),
        "table": lambda: spark.catalog.getTable("clicks_by_ad_1m"),
        "columns": lambda: spark.catalog.listColumns("clicks_by_ad_1m"),
        "read": lambda: spark.read.table("default.clicks_events").collect(),
        "function": lambda: spark.tvf.tideline("clicks_events").collect(),
    }
    with open(statements, encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("--"):
                lists[line.strip()] = lambda sql=line.strip(): planned(spark.sql(sql).collect())
    for name, ask in lists.items():
        try:
            if ask():
                print("through", name, flush=True)
        except Exception:  # not there, in whatever words
            pass
    print("tried", len(lists), flush=True)


def join(url, token, other):
    import uuid

    from pyspark.sql import SparkSession

    ids = f"user_id=ana;session_id={uuid.uuid4()}"
    SparkSession.builder.remote(f"{url};token={token};{ids}").create().range(3).createTempView("mine")
    for name, by in {"same": token, "other": other}.items():
        try:
            print(name, SparkSession.builder.remote(f"{url};token={by};{ids}").create().table("mine").count())
        except Exception as e:
            print(name, "refused", "TABLE_OR_VIEW_NOT_FOUND" in str(e))


def planned(rows):
    """EXPLAIN has an error as its answer."""
    if "Error occurred during query planning" in str(rows):
        raise PermissionError(str(rows))
    return rows


def main(kind, *arguments):
    if kind in ("hostile", "feeds", "join"):
        return {"hostile": hostile, "feeds": feeds, "join": join}[kind](*arguments)
    loop(kind, *arguments)


def loop(kind, *arguments):
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
