using System.Net.Sockets;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Postgres;
using SaaS.LocalServices;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations.Monitoring;

/// <summary>
/// Tests the checks of the backing services and of the product's use of them. An unavailable service is reported in the response.
/// </summary>
public sealed class ServiceCheckTests(SaaSApp app)
{
    private static readonly string[] Services = ["dead-letters", "events", "objects", "postgres", "redis", "relay", "scheduler", "self"];

    [Fact]
    public async Task The_status_shows_every_service_with_its_latency_and_its_deadline()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var answer = await operator_.Http.GetAsync("/api/monitoring/status");
        var status = await answer.ReadDataAsync();
        var checks = status.GetProperty("checks").EnumerateArray().ToList();
        var summary = status.GetProperty("summary");

        Assert.Equal(Services, checks.Select(check => check.GetProperty("service").GetString()));
        Assert.Equal(Services.Length, summary.GetProperty("total").GetInt32());
        Assert.Equal(
            Services.Length,
            summary.GetProperty("healthy").GetInt32() + summary.GetProperty("degraded").GetInt32() + summary.GetProperty("down").GetInt32()
        );
        foreach (var check in checks.Where(check => check.GetProperty("service").GetString() is not "self"))
        {
            Assert.InRange(check.GetProperty("deadline_seconds").GetDouble(), 1, 10);
            Assert.InRange(check.GetProperty("milliseconds").GetDouble(), 0, 10_000);
        }

        foreach (var engine in new[] { "postgres", "redis", "objects", "events", "scheduler" })
        {
            Assert.Equal(
                (engine, "healthy"),
                (engine, checks.Single(check => check.GetProperty("service").GetString() == engine).GetProperty("state").GetString())
            );
        }
    }

    [Fact]
    public async Task All_checks_are_listed_and_shown_by_name()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var listed = await operator_.Http.GetAsync("/api/monitoring/checks");
        using var all = await operator_.Http.GetAsync("/api/monitoring/check/all");
        var (list, shown) = (await listed.ReadDataAsync(), await all.ReadDataAsync());

        Assert.Equal(Services, list.GetProperty("checks").EnumerateArray().Select(check => check.GetProperty("service").GetString()));
        Assert.Equal(Services.Length, list.GetProperty("total").GetInt32());
        Assert.Equal(Services, shown.GetProperty("services").EnumerateObject().Select(service => service.Name));
        Assert.Equal(
            Services.Length - shown.GetProperty("healthy_services").GetInt32(),
            shown.GetProperty("errors").EnumerateObject().Count()
        );
    }

    [Theory]
    [InlineData("redis", "redis")]
    [InlineData("minio", "objects")]
    [InlineData("celery", "scheduler")]
    [InlineData("api", "self")]
    public async Task A_service_can_be_checked_by_its_legacy_name(string asked, string service)
    {
        var operator_ = await TestUser.OperatorAsync(app);

        Assert.Equal(("healthy", service), await StateAsync(operator_.Http, asked));
    }

    [Fact]
    public async Task An_unknown_service_is_rejected_with_the_known_names()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var answer = await operator_.Http.GetAsync("/api/monitoring/check/flower");
        var refusal = await answer.ReadAsync(HttpStatusCode.BadRequest);

        Assert.Equal(
            $"Must be one of: {string.Join(", ", Services)}.",
            refusal.GetProperty("error").GetProperty("details").GetProperty("service")[0].GetString()
        );
    }

    [Fact]
    public async Task Only_operators_see_more_than_the_public_health()
    {
        var user = await TestUser.RegisterAsync(app);
        foreach (var path in new[] { "status", "check/redis", "check/all", "checks", "dashboard" })
        {
            using var refused = await user.Http.GetAsync($"/api/monitoring/{path}");
            Assert.Equal("FORBIDDEN", await refused.ReadProblemAsync(HttpStatusCode.Forbidden));
        }

        using var nobody = app.NewClient();
        Assert.Equal(await nobody.GetStringAsync("/health"), await nobody.GetStringAsync("/api/monitoring/health"));
    }

    [Fact]
    public async Task A_dead_letter_degrades_the_dead_letters_check()
    {
        await using var tenant = await TestTenant.CreateAsync(app, mayLeaveDeadLetters: true);
        var operator_ = await TestUser.OperatorAsync(app);
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await app.InControlAsync(db =>
        {
            db.DeadLetters.Add(
                new DeadLetter
                {
                    EventId = id,
                    Consumer = "tests",
                    TenantId = tenant.Id,
                    Type = DocumentUploaded.Type,
                    Envelope = "{}",
                    Error = "it was tired",
                    Attempts = 5,
                    FailedAt = TimeProvider.System.GetUtcNow(),
                }
            );
            return db.SaveChangesAsync();
        });

        Assert.Equal(("degraded", "dead-letters"), await StateAsync(operator_.Http, "dead-letters"));
        await app.InControlAsync(db => db.DeadLetters.Where(dead => dead.EventId == id).ExecuteDeleteAsync());
    }

    [Fact]
    public async Task Waiting_tenant_events_degrade_the_relay_and_fail_the_job()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        await tenant.DrainAsync();

        // While another connection locks the tenant's outbox, the relay skips it and the pending-tenant marker remains.
        await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                await db.Database.OpenConnectionAsync();
                await using var mine = await AdvisoryLock.AcquireByPollingAsync(
                    (NpgsqlConnection)db.Database.GetDbConnection(),
                    "outbox",
                    TimeProvider.System,
                    TestContext.Current.CancellationToken
                );
                await MarkAsync(tenant.Id, TimeSpan.FromMinutes(3));
                Assert.Equal(("healthy", "relay"), await StateAsync(operator_.Http, "relay"));
                await MarkAsync(tenant.Id, TimeSpan.FromMinutes(5));
                Assert.Equal(("degraded", "relay"), await StateAsync(operator_.Http, "relay"));
                await MarkAsync(tenant.Id, TimeSpan.FromMinutes(15));
                Assert.Equal(("down", "relay"), await StateAsync(operator_.Http, "relay"));

                var (outcome, result) = await CheckHealthAsync(operator_.Http);
                Assert.Equal("failed", outcome);
                Assert.Contains("down: relay (The relay is late by 0.00:12:", result, StringComparison.Ordinal);
                using var dashboard = await operator_.Http.GetAsync("/api/monitoring/dashboard");
                var shown = await dashboard.ReadDataAsync();
                Assert.InRange(shown.GetProperty("health_percentage").GetDouble(), 1, 90);
                Assert.Contains(
                    shown.GetProperty("recent_failures").EnumerateArray(),
                    failure =>
                        failure.GetProperty("job").GetString() == "check-health" && failure.GetProperty("error").GetString() == result
                );
                return 0;
            }
        );

        await Eventually.HoldsAsync(
            async () => !await app.InControlAsync(db => db.PendingTenants.AnyAsync(pending => pending.TenantId == tenant.Id)),
            "the hint stays"
        );
        Assert.Equal(("healthy", "relay"), await StateAsync(operator_.Http, "relay"));
        var later = await CheckHealthAsync(operator_.Http);
        Assert.Equal("succeeded", later.Outcome);
        Assert.Matches(@"^\d of 8 healthy", later.Result);
    }

    [Fact]
    public async Task A_waiting_control_event_degrades_the_relay()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await app.InControlAsync(async db =>
        {
            await db.Database.OpenConnectionAsync();
            await using var mine = await AdvisoryLock.AcquireByPollingAsync(
                (NpgsqlConnection)db.Database.GetDbConnection(),
                "outbox",
                TimeProvider.System,
                TestContext.Current.CancellationToken
            );
            var waits = new OutboxMessage
            {
                Id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow().AddMinutes(-5)),
                Type = "test.waited",
                Key = "test",
                Envelope = "{}",
            };
            db.Add(waits);
            await db.SaveChangesAsync();
            var state = await StateAsync(operator_.Http, "relay");
            await db.OutboxMessages.Where(message => message.Id == waits.Id).ExecuteDeleteAsync();
            Assert.Equal(("degraded", "relay"), state);
            return 0;
        });
    }

    [Fact]
    public async Task A_scheduler_without_recent_heartbeat_is_down()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        await Eventually.HoldsAsync(
            async () =>
            {
                // On a busy machine the scheduler checks in late and counts as silent.
                using var answer = await operator_.Http.GetAsync("/api/monitoring/check/scheduler");
                return (await answer.ReadDataAsync()).GetProperty("result").GetProperty("detail").GetString()
                    == "Schedulers that are there: 1";
            },
            "the scheduler is not there"
        );

        // For this API, the scheduler last checked in five minutes ago.
        await using var api = app.StartApi(clock: new ShiftedClock { Ahead = TimeSpan.FromMinutes(5) });
        var later = await TestUser.LogInAsync(api, operator_.Email);
        await Eventually.HoldsAsync(
            async () => await StateAsync(later.Http, "scheduler") == ("down", "scheduler"),
            "a scheduler that is silent counts as there"
        );
    }

    [Fact]
    public async Task An_unavailable_Redis_is_reported_as_down_without_revealing_secrets()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        var nowhere = Ports.FreeOr(0);
        await using var api = app.StartApi(new() { ["ConnectionStrings:redis"] = $"127.0.0.1:{nowhere},password=open-sesame" });
        using var http = api.NewClient(operator_.AccessToken);

        Assert.Equal(("down", "redis"), await StateAsync(http, "redis"));
        foreach (var path in new[] { "status", "check/redis", "check/all", "checks", "dashboard" })
        {
            using var answer = await http.GetAsync($"/api/monitoring/{path}");
            var text = (await answer.ReadAsync(HttpStatusCode.OK)).GetRawText();
            Assert.All(
                ["open-sesame", $"{nowhere}", "127.0.0.1", "StackExchange", "   at "],
                secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase)
            );
        }
    }

    [Fact]
    public async Task A_silent_PostgreSQL_delays_no_response_and_marks_dependents_as_down()
    {
        var connection = new NpgsqlConnectionStringBuilder(app.Setting("ConnectionStrings:saas-platform"));
        await using var proxy = FaultProxy.To(connection.Port);
        var through = new NpgsqlConnectionStringBuilder(connection.ConnectionString) { Port = proxy.Port };
        await using var api = app.StartApi(
            new() { ["ConnectionStrings:saas-platform"] = through.ConnectionString, ["Sessions:CheckLifetime"] = "00:01:00" }
        );
        var operator_ = await TestUser.LogInAsync(api, (await TestUser.OperatorAsync(app)).Email);
        Assert.Equal(("healthy", "scheduler"), await StateAsync(operator_.Http, "scheduler"));

        proxy.SetFault(Fault.Silent);
        using var answer = await operator_.Http.GetAsync("/api/monitoring/check/all");
        var found = await answer.ReadDataAsync();
        Assert.Equal(
            ["dead-letters", "events", "postgres", "relay", "scheduler"],
            found
                .GetProperty("services")
                .EnumerateObject()
                .Where(service => service.Value.GetProperty("state").GetString() == "down")
                .Select(service => service.Name)
        );
        Assert.All(
            found.GetProperty("services").EnumerateObject(),
            service => Assert.InRange(service.Value.GetProperty("milliseconds").GetDouble(), 0, 10_000)
        );
        Assert.All(found.GetProperty("errors").EnumerateObject(), error => Assert.Equal("No answer within 3 s", error.Value.GetString()));
        using var ready = await operator_.Http.GetAsync("/health/ready");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
        using var dashboard = await operator_.Http.GetAsync("/api/monitoring/dashboard");
        Assert.Equal(JsonValueKind.Null, (await dashboard.ReadDataAsync()).GetProperty("recent_failures").ValueKind);
    }

    [Fact]
    public async Task A_silent_service_is_down_after_its_deadline()
    {
        var operator_ = await TestUser.OperatorAsync(app);
        using var silent = new TcpListener(IPAddress.Loopback, 0); // accepts connections and never responds
        silent.Start();
        await using var api = app.StartApi(
            new() { ["ConnectionStrings:minio"] = $"Endpoint=http://{silent.LocalEndpoint};AccessKey=nobody;SecretKey=nothing" }
        );
        using var http = api.NewClient(operator_.AccessToken);
        using var answer = await http.GetAsync("/api/monitoring/check/objects");
        var result = (await answer.ReadDataAsync()).GetProperty("result");

        Assert.Equal(("down", "No answer within 3 s"), (result.GetProperty("state").GetString(), result.GetProperty("detail").GetString()));
    }

    private static async Task<(string? State, string? Service)> StateAsync(HttpClient http, string service)
    {
        using var answer = await http.GetAsync($"/api/monitoring/check/{service}");
        var check = await answer.ReadDataAsync();
        return (check.GetProperty("result").GetProperty("state").GetString(), check.GetProperty("service").GetString());
    }

    // Backdates the pending-tenant marker, as if the tenant had last written that long ago.
    private Task<int> MarkAsync(Guid tenantId, TimeSpan ago) =>
        app.InControlAsync(db =>
            db.Database.ExecuteSqlAsync(
                $"""
                INSERT INTO pending_tenants (tenant_id, marked_at) VALUES ({tenantId}, clock_timestamp() - {ago})
                ON CONFLICT (tenant_id) DO UPDATE SET marked_at = excluded.marked_at
                """
            )
        );

    private static async Task<(string? Outcome, string? Result)> CheckHealthAsync(HttpClient http)
    {
        using var ordered = await http.PostAsync("/api/admin/jobs/check-health/run", content: null);
        var run = default(JsonElement);
        await Eventually.HoldsAsync(
            async () =>
            {
                using var answer = await http.GetAsync(ordered.Headers.Location);
                return answer.StatusCode is HttpStatusCode.OK
                    && (run = await answer.ReadDataAsync()).GetProperty("outcome").GetString() is not ("waiting" or "running");
            },
            "the job does not run"
        );
        return (run.GetProperty("outcome").GetString(), run.GetProperty("result").GetString());
    }
}
