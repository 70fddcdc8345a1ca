using System.Globalization;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Sessions;
using SaaS.Core.Jobs;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy;
using SaaS.Core.Tenancy.Provisioning;
using SaaS.Infrastructure.Mail;
using SaaS.Tests.Fixtures;
using SaaS.Tests.Infrastructure;

namespace SaaS.Tests.Auditing;

/// <summary>
/// Tests the audit entries of operators, jobs and commands, which are listed in <see cref="AuditTable"/>. Uses its own installation
/// because jobs process all tenants.
/// </summary>
public sealed class AuditedOperationTests(OwnApp app) : IClassFixture<OwnApp>
{
    [Fact]
    public async Task Platform_operations_are_audited()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        await Eventually.HoldsAsync(
            async () =>
            {
                using var ordered = await operator_.Http.PostAsync("/api/admin/jobs/purge-job-runs/run", content: null);
                return ordered.StatusCode is HttpStatusCode.Accepted;
            },
            "no scheduler has stored its jobs"
        );
        var (replayed, skipped) = (await AddDeadAsync(tenant.Id), await AddDeadAsync(tenant.Id));
        await OkAsync(operator_.Http.PostAsync($"/api/admin/events/dead/{replayed}/replay", content: null));
        await OkAsync(operator_.Http.PostAsync($"/api/admin/events/dead/{skipped}/skip", content: null));
        await OkAsync(operator_.Http.PostAsync("/api/admin/jobs/collect-orphaned-objects/pause", content: null));
        await OkAsync(operator_.Http.PostAsync("/api/admin/jobs/collect-orphaned-objects/resume", content: null));
        await OkAsync(operator_.Http.PostAsync($"/api/admin/jobs/runs/{await AddRunAsync()}/cancel", content: null));
        await RefuseMailAsync(operator_.Id);
        var newOperator = await TestUser.RegisterAsync(app);
        await newOperator.ConfirmEmailAsync(app);
        await OkAsync(operator_.Http.PostAsJsonAsync("/api/admin/operators", new { email = newOperator.Email }));
        await OkAsync(operator_.Http.DeleteAsync($"/api/admin/operators/{newOperator.Id}"));

        await AuditTable.AssertRecordedAsync(app, AuditScenario.Operation, tenant.Id, ids: null);
    }

    [Fact]
    public async Task The_erasure_of_a_tenant_is_audited()
    {
        var tenant = await TestTenant.CreateAsync(app);
        var operator_ = await TestUser.OperatorAsync(app);
        await tenant.DrainAsync();
        await OkAsync(operator_.Http.DeleteAsync($"/api/admin/tenants/{tenant.Id}?export=true"));
        await app.DrainAsync();
        await RunAsync<EraseTenantsJob>(TimeSpan.FromDays(31));
        await OkAsync(operator_.Http.GetAsync($"/api/admin/tenants/{tenant.Id}/export"));
        await OkAsync(operator_.Http.DeleteAsync($"/api/admin/tenants/{tenant.Id}/export"));

        await AuditTable.AssertRecordedAsync(app, AuditScenario.Erasure, tenant.Id, ids: null);
    }

    [Fact]
    public async Task Key_rotations_and_audit_purges_are_audited()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await Authenticator.AddAsync(app, tenant.Admin.Http);
        await RunAsync<RotateSigningKey>(TimeSpan.Zero);
        await RunAsync<RotateEncryptionKeysJob>(TimeSpan.FromDays(60));
        var (old, young) = (await AddOldEntryAsync(tenant.Id, days: 800), await AddOldEntryAsync(tenant.Id, days: 700));
        await RunAsync<PurgeAuditEntriesJob>(TimeSpan.Zero);

        await AuditTable.AssertRecordedAsync(app, AuditScenario.Keys, tenant.Id, ids: null);
        var left = await app.InTenantAsync(
            tenant.Id,
            db => db.AuditEntries.Where(entry => entry.Id == old || entry.Id == young).Select(entry => entry.Id).ToListAsync()
        );
        Assert.Equal([young], left);
        var purged = await app.InControlAsync(db =>
            db.AuditEntries.Where(entry => entry.Action == AuditAction.AuditPurged.Name && entry.TenantId == tenant.Id)
                .Select(entry => entry.Details!.Value)
                .SingleAsync()
        );
        Assert.Equal(1, purged.GetProperty("entries").GetInt32());
    }

    [Theory]
    [InlineData("UPDATE audit_entries SET actor = 'anonymous'")]
    [InlineData("DELETE FROM audit_entries")]
    [InlineData("TRUNCATE audit_entries")]
    public async Task The_application_role_cannot_change_or_delete_audit_entries(string statement)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        foreach (
            var attempt in new Func<Task>[]
            {
                () => app.InControlAsync(async db => await ExecuteAsync(db, statement)),
                () => app.InTenantAsync(tenant.Id, async db => await ExecuteAsync(db, statement)),
            }
        )
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(attempt);
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }

    [Fact]
    public async Task The_purge_never_deletes_entries_of_the_last_30_days()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("young"u8.ToArray());
        var (old, young) = (await AddOldEntryAsync(tenant.Id, days: 31), await AddOldEntryAsync(tenant.Id, days: 29));
        var left = await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                await db.Database.SqlQuery<int>($"""SELECT purge_audit_entries('infinity', 1000000) AS "Value" """).ToListAsync();
                return await db.AuditEntries.Select(entry => new { entry.Id, entry.Action }).ToListAsync();
            }
        );

        Assert.DoesNotContain(left, entry => entry.Id == old);
        Assert.Contains(left, entry => entry.Id == young);
        Assert.Contains(left, entry => entry.Action == AuditAction.DocumentUploaded.Name);
    }

    private static async Task<int> ExecuteAsync(DbContext db, string statement)
    {
        await db.Database.OpenConnectionAsync();
        await using var command = db.Database.GetDbConnection().CreateCommand();
#pragma warning disable CA2100 // the statements are those of this test
        command.CommandText = statement;
#pragma warning restore CA2100
        return await command.ExecuteNonQueryAsync();
    }

    private async Task<Guid> AddOldEntryAsync(Guid tenantId, int days)
    {
        var then = TimeProvider.System.GetUtcNow().AddDays(-days);
        var entry = AuditEntry.Create(
            then,
            tenantId,
            "user:old",
            AuditAction.DocumentUploaded,
            Guid.CreateVersion7(then),
            AuditDetails.Empty,
            origin: default
        );
        return await app.InTenantAsync(
            tenantId,
            async db =>
            {
                db.Add(entry);
                await db.SaveChangesAsync();
                return entry.Id;
            }
        );
    }

    private async Task RunAsync<TJob>(TimeSpan ahead)
        where TJob : Job
    {
        await using var api = app.StartApi(clock: new ShiftedClock { Ahead = ahead });
        await using var scope = api.Services.CreateAsyncScope();
        await scope.ServiceProvider.GetRequiredService<TJob>().RunAsync(TestContext.Current.CancellationToken);
    }

    private async Task<Guid> AddDeadAsync(Guid tenantId)
    {
        var now = TimeProvider.System.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var envelope = CloudEvent.Create(new TenantRenamed(id), id, tenantId.ToString(), now, tenantId);
        await app.InControlAsync(db =>
        {
            db.DeadLetters.Add(
                new DeadLetter
                {
                    EventId = id,
                    Consumer = "gone",
                    TenantId = tenantId,
                    Type = TenantRenamed.Type,
                    Envelope = envelope.ToJson(),
                    Error = "it was tired",
                    Attempts = 5,
                    FailedAt = now,
                }
            );
            return db.SaveChangesAsync();
        });
        return id;
    }

    private async Task<Guid> AddRunAsync()
    {
        var now = TimeProvider.System.GetUtcNow();
        var run = new JobRun
        {
            Id = Guid.CreateVersion7(now),
            Job = "collect-orphaned-objects",
            Host = "test",
            StartedAt = now,
        };
        await app.InControlAsync(db =>
        {
            db.JobRuns.Add(run);
            return db.SaveChangesAsync();
        });
        return run.Id;
    }

    // A real mail server that rejects the mailbox as unknown.
    private async Task RefuseMailAsync(Guid userId)
    {
        await using var server = MailServerUnderTest.Start();
        await using var api = app.StartApi(
            new()
            {
                ["Mail:Folder"] = null,
                ["Mail:Smtp:Host"] = "127.0.0.1",
                ["Mail:Smtp:Port"] = server.Port.ToString(CultureInfo.InvariantCulture),
                ["Mail:Smtp:Security"] = "None",
            }
        );
        await using var scope = api.Services.CreateAsyncScope();
        var db = scope.ServiceProvider.GetRequiredService<ControlDbContext>();
        var user = await db.Users.SingleAsync(one => one.Id == userId);
        await ActivatorUtilities
            .CreateInstance<PersonalMail>(scope.ServiceProvider)
            .SendAsync(
                user,
                EmailAddress.Parse("unknown@example.com"),
                db,
                (to, product) => Task.FromResult(new Mail(user.Id, new Mailbox(to.Address, product), "Hello", "Hello", "<p>Hello</p>")),
                TestContext.Current.CancellationToken
            );
        await db.SaveChangesAsync(TestContext.Current.CancellationToken);
    }

    private static async Task OkAsync(Task<HttpResponseMessage> sending)
    {
        using var answer = await sending;
        Assert.True(
            answer.IsSuccessStatusCode,
            $"{answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.PathAndQuery}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}"
        );
    }
}
