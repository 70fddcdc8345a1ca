using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using SaaS.Core.Access;
using SaaS.Infrastructure.Postgres;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Faults;

/// <summary>Tests network faults between the application and PostgreSQL, and their effect on clients.</summary>
[Trait("PostgreSQL", "18")]
public sealed class PostgresFaultTests(SaaSApp app)
{
    [Fact]
    public async Task A_disconnected_PostgreSQL_is_reported_as_503_and_recovers_without_data_loss()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var kept = await tenant.UploadAsync("kept"u8.ToArray(), "kept.pdf");
        await using var proxy = Open(out var settings);
        await using var api = app.StartApi(settings);
        using var admin = api.NewClient(tenant.Admin.AccessToken);
        using var before = await admin.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        proxy.SetFault(Fault.Cut);
        using var read = await admin.GetAsync($"{tenant.Path}/documents");
        using var form = TestTenant.FormOf("lost"u8.ToArray(), "lost.pdf");
        using var write = await admin.PostAsync($"{tenant.Path}/documents", form);
        using var signIn = await api.NewClient()
            .PostAsJsonAsync("/api/auth/login", new { email = tenant.Admin.Email, password = TestUser.Password });
        foreach (var answer in (HttpResponseMessage[])[read, write, signIn])
        {
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("SERVICE_UNAVAILABLE", await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        }

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(
            async () => (await admin.GetAsync($"{tenant.Path}/documents")).StatusCode is HttpStatusCode.OK,
            "the API does not find its way back to PostgreSQL"
        );
        using var after = await admin.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(
            [kept.IdOf()],
            (await after.ReadDataAsync()).GetProperty("documents").EnumerateArray().Select(document => document.IdOf())
        );
    }

    [Theory]
    [InlineData(Fault.Garbled)]
    [InlineData(Fault.Frayed)]
    public async Task A_malformed_answer_from_PostgreSQL_is_503_and_never_mixes_up_responses(Fault fault)
    {
        await using var one = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app);
        var documents = new Dictionary<TestTenant, Guid>
        {
            [one] = (await one.UploadAsync("one"u8.ToArray())).IdOf(),
            [other] = (await other.UploadAsync("other"u8.ToArray())).IdOf(),
        };
        await using var proxy = Open(out var settings);
        // After a damaged length, the client waits for bytes that never come.
        settings["ConnectionStrings:saas-platform"] += ";Command Timeout=1;Cancellation Timeout=-1";
        await using var api = app.StartApi(settings);
        await AskAllAsync(mayFail: false);

        proxy.SetFault(fault);
        for (var round = 0; round < 3; round++)
        {
            Assert.Equal(0, await AskAllAsync(mayFail: true));
        }

        for (var round = 0; round < 10; round++)
        {
            // While the connection recovers and fails again: a response may be damaged from its middle on.
            var asked = AskAllAsync(mayFail: true);
            proxy.SetFault(round % 2 == 0 ? Fault.None : fault);
            await asked;
        }

        proxy.SetFault(fault);

        using (var form = TestTenant.FormOf("lost"u8.ToArray(), "lost.pdf"))
        using (var admin = api.NewClient(one.Admin.AccessToken))
        using (var write = await admin.PostAsync($"{one.Path}/documents", form))
        {
            Assert.Equal("SERVICE_UNAVAILABLE", await write.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        }

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(async () => await AskAllAsync(mayFail: true) == 6, "the API does not understand PostgreSQL again");
        await AskAllAsync(mayFail: false);

        // Requests the user and the data of both tenants at the same time, so that either could get the other's response.
        async Task<int> AskAllAsync(bool mayFail)
        {
            var answers = await Task.WhenAll(
                documents.SelectMany(tenant =>
                    new[]
                    {
                        AskAsync(tenant.Key, "/api/users/me", me => me.IdOf(), tenant.Key.Admin.Id),
                        AskAsync(tenant.Key, tenant.Key.Path, shown => shown.IdOf(), tenant.Key.Id),
                        AskAsync(
                            tenant.Key,
                            $"{tenant.Key.Path}/documents",
                            list => list.GetProperty("documents").EnumerateArray().Single().IdOf(),
                            tenant.Value
                        ),
                    }
                )
            );
            Assert.True(mayFail || answers.All(isServed => isServed));
            return answers.Count(isServed => isServed);
        }

        async Task<bool> AskAsync(TestTenant tenant, string path, Func<JsonElement, Guid> idIn, Guid expected)
        {
            using var admin = api.NewClient(tenant.Admin.AccessToken);
            using var answer = await admin.GetAsync(path);
            if (answer.StatusCode is HttpStatusCode.OK)
            {
                Assert.Equal(expected, idIn(await answer.ReadDataAsync()));
                return true;
            }

            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("SERVICE_UNAVAILABLE", await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
            return false;
        }
    }

    [Fact]
    public async Task A_silent_PostgreSQL_is_reported_as_503_after_a_timeout()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var proxy = Open(out var settings);
        await using var api = app.StartApi(settings);
        using var admin = api.NewClient(tenant.Admin.AccessToken);
        using var nobody = api.NewClient();
        admin.Timeout = nobody.Timeout = TimeSpan.FromSeconds(25); // longer than the 10 s, and shorter than the command timeout elsewhere
        using var before = await admin.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, before.StatusCode);

        proxy.SetFault(Fault.Silent); // and stays silent until all requests are answered
        using var form = TestTenant.FormOf("lost"u8.ToArray(), "lost.pdf");
        var answers = await Task.WhenAll(
            admin.GetAsync($"{tenant.Path}/documents"),
            admin.GetAsync("/api/tenants"),
            admin.PostAsync($"{tenant.Path}/documents", form),
            admin.PostAsJsonAsync("/api/tenants", new { name = "Late" }),
            nobody.PostAsJsonAsync("/api/auth/login", new { email = tenant.Admin.Email, password = TestUser.Password })
        );
        foreach (var answer in answers)
        {
            Assert.NotNull(answer.Headers.RetryAfter);
            Assert.Equal("SERVICE_UNAVAILABLE", await answer.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        }
    }

    [Fact]
    public async Task Requests_wait_for_a_slow_PostgreSQL()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var proxy = Open(out var settings);
        await using var api = app.StartApi(settings);
        using var viewer = api.NewClient((await tenant.AddAsync(TenantRole.Viewer)).AccessToken);

        proxy.SetFault(Fault.Slow);
        using var read = await viewer.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    [Fact]
    public async Task The_notification_listener_recovers_from_malformed_data()
    {
        const string Channel = "test_garbled";
        await using var proxy = Open(out var settings);
        await using var direct = NpgsqlDataSource.Create(app.Setting("ConnectionStrings:saas-platform"));
        await using var through = NpgsqlDataSource.Create(
            $"{settings["ConnectionStrings:saas-platform"]};Command Timeout=1;Cancellation Timeout=-1"
        );
        await using (await through.OpenConnectionAsync(TestContext.Current.CancellationToken))
        await using (await through.OpenConnectionAsync(TestContext.Current.CancellationToken))
        {
            // Opens two, so that one authenticated connection is in the pool: on that one the damaged data arrives in the middle of the
            // protocol.
        }

        using var stop = new CancellationTokenSource();
        var heard = new ConcurrentQueue<string>();
        var (hears, failures) = (false, 0);
        var listening = new PostgresNotifications(through, NullLogger<PostgresNotifications>.Instance).ListenAsync(
            Channel,
            heard.Enqueue,
            TimeProvider.System,
            stop.Token,
            Hear
        );
        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref hears)), "nobody listens");

        proxy.SetFault(Fault.Frayed);
        await RunAsync(direct, $"NOTIFY {Channel}, 'lost'");
        await Eventually.HoldsAsync(
            () => Task.FromResult(Volatile.Read(ref failures) >= 3 || listening.IsCompleted),
            "nonsense is taken for signals"
        ); // over its own connection, the other one and a new one

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref hears) || listening.IsCompleted), "nobody listens again");
        await RunAsync(direct, $"NOTIFY {Channel}, 'found'");
        await Eventually.HoldsAsync(() => Task.FromResult(!heard.IsEmpty || listening.IsCompleted), "the signal is not heard");
        Assert.Equal(["found"], heard);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => listening);

        void Hear(bool now)
        {
            Volatile.Write(ref hears, now);
            if (!now)
            {
                Interlocked.Increment(ref failures);
            }
        }
    }

    [Fact]
    public async Task A_corrupted_byte_ends_a_TLS_connection()
    {
        await using var backingServices = await Fixtures.BackingServices.StartAsync();
        Assert.Equal(0, await SaaSApp.MigrateAsync(backingServices.Settings));
        await DemandTlsAsync(backingServices.Settings["ConnectionStrings:postgres"]!);
        var direct = new NpgsqlConnectionStringBuilder(backingServices.Settings["ConnectionStrings:saas-platform"]);
        await using var proxy = FaultProxy.To(direct.Port);
        var through = new NpgsqlConnectionStringBuilder(direct.ConnectionString) { Port = proxy.Port, SslMode = SslMode.Require };
        await using var api = new ApiUnderTest(
            new Dictionary<string, string?>(backingServices.Settings)
            {
                ["ConnectionStrings:saas-platform"] = through.ConnectionString,
                ["Passwords:WorkFactor"] = "4",
            }
        );
        api.Start();
        var user = await TestUser.RegisterAsync(api);

        proxy.SetFault(Fault.Frayed);
        using var refused = await user.Http.GetAsync("/api/users/me");
        Assert.Equal("SERVICE_UNAVAILABLE", await refused.ReadProblemAsync(HttpStatusCode.ServiceUnavailable));
        Assert.NotNull(refused.Headers.RetryAfter);

        proxy.SetFault(Fault.None);
        await Eventually.HoldsAsync(
            async () => (await user.Http.GetAsync("/api/users/me")).StatusCode is HttpStatusCode.OK,
            "the API does not find its way back to PostgreSQL"
        );
        await using var connections = api
            .Services.GetRequiredService<NpgsqlDataSource>()
            .CreateCommand("SELECT bool_and(ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = current_user");
        Assert.Equal(true, await connections.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    // The server writes its key file itself, because PostgreSQL rejects a key that another account could read.
    private static async Task DemandTlsAsync(string superuser)
    {
        using var key = RSA.Create(2048);
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = new CertificateRequest(
            "CN=localhost",
            key,
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1
        ).CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        await using var server = NpgsqlDataSource.Create($"{superuser};SSL Mode=Disable");
        await RunAsync(
            server,
            $"COPY (SELECT unnest(string_to_array('{key.ExportPkcs8PrivateKeyPem()}', E'\n'))) TO PROGRAM 'umask 077; cat > server.key'"
        );
        await RunAsync(
            server,
            $"COPY (SELECT unnest(string_to_array('{certificate.ExportCertificatePem()}', E'\n'))) TO PROGRAM 'cat > server.crt'"
        );
        await RunAsync(server, "ALTER SYSTEM SET ssl = on");
        await RunAsync(server, "SELECT pg_reload_conf()");
        await Eventually.HoldsAsync(() => AcceptsTlsAsync($"{superuser};SSL Mode=Require;Pooling=false"), "PostgreSQL does not speak TLS");
    }

    private static async Task<bool> AcceptsTlsAsync(string connection)
    {
        await using var one = new NpgsqlConnection(connection);
        try
        {
            await one.OpenAsync(TestContext.Current.CancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private static async Task RunAsync(NpgsqlDataSource server, string statement)
    {
        await using var command = server.CreateCommand(statement);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    // Proxies the control database and the tenant databases: both are behind one address.
    private FaultProxy Open(out Dictionary<string, string?> settings)
    {
        var direct = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"));
        var proxy = FaultProxy.To(direct.Port);
        settings = new()
        {
            ["ConnectionStrings:saas-platform"] = new NpgsqlConnectionStringBuilder(direct.ConnectionString)
            {
                Port = proxy.Port,
            }.ConnectionString,
        };
        return proxy;
    }
}
