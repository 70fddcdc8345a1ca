using Npgsql;
using SaaS.Infrastructure.Settings;

namespace SaaS.Tests.Infrastructure;

public sealed class ConnectionUrlsTests
{
    [Fact]
    public void A_database_URL_is_converted_to_a_connection_string()
    {
        var built = new NpgsqlConnectionStringBuilder(
            ConnectionUrls.Postgres(
                "postgresql+psycopg2://saas%40app:p%3Bss%20w%27rd@db.example.com:6432/saas_platform?sslmode=verify-full"
            )
        );

        Assert.Equal(
            ("db.example.com", 6432, "saas_platform", "saas@app", "p;ss w'rd", SslMode.VerifyFull),
            (built.Host, built.Port, built.Database, built.Username, built.Password, built.SslMode)
        );
    }

    [Theory]
    [InlineData("Host=db;Username=app;Password=x", "Host=db;Username=app;Password=x")]
    [InlineData("postgres://app@db/main", "Host=db;Port=5432;Database=main;Username=app")]
    [InlineData("postgresql://app:x@db", null)]
    [InlineData("postgresql://db/main", null)]
    [InlineData("postgresql://app:x@db/main?sslmode=sometimes", null)]
    [InlineData("mysql://app:x@db/main", null)]
    [InlineData("do-not-tell", null)]
    public void An_invalid_database_URL_is_rejected(string value, string? expected) =>
        Assert.Equal(expected, ConnectionUrls.Postgres(value));

    [Theory]
    [InlineData("redis://localhost:6379/0", "localhost:6379,defaultDatabase=0")]
    [InlineData("rediss://app:p%40ss@cache.example.com", "cache.example.com:6379,user=app,password=p@ss,ssl=true")]
    [InlineData("redis://:secret@cache:6380/2", "cache:6380,password=secret,defaultDatabase=2")]
    [InlineData("cache:6379,password=x", "cache:6379,password=x")]
    [InlineData("redis://:a,b@cache", null)]
    [InlineData("http://cache", null)]
    public void A_Redis_URL_is_converted_to_a_connection_string(string value, string? expected) =>
        Assert.Equal(expected, ConnectionUrls.Redis(value));
}
