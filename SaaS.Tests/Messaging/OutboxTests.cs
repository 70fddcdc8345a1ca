using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Messaging;
using SaaS.Infrastructure.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Messaging;

[Trait("PostgreSQL", "18")]
public sealed class OutboxTests(SaaSApp app)
{
    // Half of 200, 400, 800 and 1,600 ms, the shortest delays between five attempts, less a tolerance for early timers.
    private static readonly TimeSpan LeastPauses = TimeSpan.FromSeconds(1.4);

    [Fact]
    public async Task An_upload_publishes_its_events_in_order_with_the_tenant_as_key()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("told"u8.ToArray());
        await tenant.DrainAsync();

        var told = await LogOfAsync(tenant.Id);
        Assert.Equal([FileStored.Type, DocumentUploaded.Type], told.Select(Type).Where(type => type != TenantCreated.Type));
        var uploaded = told.Single(envelope => Type(envelope) == DocumentUploaded.Type);
        Assert.Equal(
            ("1.0", document.GetProperty("id").GetString(), tenant.Id),
            (
                uploaded.GetProperty("specversion").GetString(),
                uploaded.GetProperty("subject").GetString(),
                uploaded.GetProperty("tenantid").GetGuid()
            )
        );
        Assert.False(uploaded.GetProperty("data").GetProperty("deduplicated").GetBoolean());
    }

    [Fact]
    public async Task Outbox_positions_follow_commit_order()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.DrainAsync();

        var positions = await app.InTenantAsync(
            tenant.Id,
            async first =>
                await app.InTenantAsync(
                    tenant.Id,
                    async second =>
                    {
                        await using var early = await first.Database.BeginTransactionAsync();
                        first.Outbox.Add(new TenantCreated(Guid.Empty), subject: tenant.Id);
                        await first.SaveChangesAsync(); // written first, committed last

                        await using var late = await second.Database.BeginTransactionAsync();
                        second.Outbox.Add(new TenantCreated(Guid.Empty), subject: tenant.Id);
                        await second.SaveChangesAsync();
                        Assert.Null(await second.OutboxMessages.Select(message => message.Position).SingleAsync());

                        await late.CommitAsync();
                        await early.CommitAsync();
                        return await LogPositionsAsync(tenant, [.. Ids(second), .. Ids(first)]);
                    }
                )
        );

        Assert.Equal(positions.Order(), positions);
    }

    [Fact]
    public async Task An_event_with_a_lost_notification_is_found_by_its_marker()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.DrainAsync();
        await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                await app.Services.GetRequiredService<PendingTenants>().MarkAsync(tenant.Id, CancellationToken.None);
                return await TellNobodyAsync(db, tenant.Id);
            }
        );

        await tenant.DrainAsync();
    }

    /// <summary>Tests that a pending-tenant marker written while the relay removes an older one is not lost.</summary>
    [Fact]
    public async Task Only_an_outdated_pending_tenant_marker_is_cleared()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.DrainAsync();
        // Acts as another process, which has no marker cached.
        var pending = ActivatorUtilities.CreateInstance<PendingTenants>(app.Services);
        var now = TimeProvider.System.GetUtcNow();
        var read = new PendingTenants.Marker(tenant.Id, MarkedAt: now - (PendingTenants.Grace * 2), ReadAt: now);

        await pending.MarkAsync(tenant.Id, CancellationToken.None);
        await pending.ClearAsync(read, CancellationToken.None);
        Assert.True(await IsHintedAsync());

        await app.InControlAsync(db =>
            db.Database.ExecuteSqlAsync($"UPDATE pending_tenants SET marked_at = {read.MarkedAt} WHERE tenant_id = {tenant.Id}")
        );
        await pending.ClearAsync(read, CancellationToken.None);
        Assert.False(await IsHintedAsync());

        Task<bool> IsHintedAsync() =>
            app.InControlAsync(db =>
                db.Database.SqlQuery<bool>($"""SELECT EXISTS (SELECT FROM pending_tenants WHERE tenant_id = {tenant.Id}) AS "Value" """)
                    .SingleAsync()
            );
    }

    [Fact]
    public async Task Two_relays_share_the_tenants_and_publish_each_event_once_in_order()
    {
        const int Renames = 25;
        await using var second = app.NewWorker();
        second.Start();
        var tenants = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => TestTenant.CreateAsync(app)));
        await Task.WhenAll(tenants.Select(RenameAsync));

        foreach (var tenant in tenants)
        {
            await tenant.DisposeAsync(); // once every event is published and consumed
            var told = (await LogOfAsync(tenant.Id))
                .Where(envelope => Type(envelope) == DocumentUpdated.Type)
                .Select(envelope => envelope.GetProperty("id").GetString()!)
                .ToList();
            Assert.Equal(Renames, told.Count);
            Assert.Equal(told.Order(StringComparer.Ordinal), told);
        }

        static async Task RenameAsync(TestTenant tenant)
        {
            var document = (await tenant.UploadAsync("renamed"u8.ToArray())).IdOf();
            for (var number = 0; number < Renames; number++)
            {
                using var renamed = await tenant.Admin.Http.PutAsJsonAsync(
                    $"{tenant.Path}/documents/{document}",
                    new { filename = $"{number}.txt" }
                );
                Assert.Equal(HttpStatusCode.OK, renamed.StatusCode);
            }
        }
    }

    [Fact]
    public async Task A_rolled_back_change_publishes_no_event()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.DrainAsync();
        var before = (await LogOfAsync(tenant.Id)).Count;
        await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                await using var transaction = await db.Database.BeginTransactionAsync();
                db.Outbox.Add(new TenantCreated(Guid.Empty), subject: tenant.Id);
                await db.SaveChangesAsync();
                await transaction.RollbackAsync();
                return 0;
            }
        );

        await tenant.DrainAsync();
        Assert.Equal(before, (await LogOfAsync(tenant.Id)).Count);
    }

    [Fact]
    public async Task A_redelivered_event_has_no_second_effect()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("once"u8.ToArray());
        await tenant.DrainAsync();
        var entries = await app.InTenantAsync(tenant.Id, db => db.AuditEntries.CountAsync());
        var uploaded = (await LogOfAsync(tenant.Id)).Single(envelope => Type(envelope) == DocumentUploaded.Type);

        await app
            .Services.GetRequiredService<EventTransport>()
            .PublishAsync(
                [new EventRecord(DocumentUploaded.Type, tenant.Id.ToString(), uploaded.GetRawText(), TraceParent: null)],
                CancellationToken.None
            );
        await tenant.DrainAsync();

        Assert.Equal(entries, await app.InTenantAsync(tenant.Id, db => db.AuditEntries.CountAsync()));
    }

    /// <summary>
    /// The row of the first delivery rolls back database changes of the second. External effects are avoided only if the consumer does not
    /// run.
    /// </summary>
    [Fact]
    public async Task A_consumer_does_not_run_again_for_a_redelivered_event()
    {
        var user = await TestUser.RegisterAsync(app);
        await ReceivedMail.WaitForAsync(app, user.Email, "Confirm your e-mail address");
        await app.DrainAsync();
        var link = await app.InControlAsync(db =>
            db.MailedLinks.Where(candidate => candidate.UserId == user.Id).Select(candidate => candidate.Id).SingleAsync()
        );
        var ordered = Assert.Single(
            await LogAsync("topic = $2 AND value::jsonb -> 'data' ->> 'link_id' = $1", link.ToString(), MailedLinkRequested.Type)
        );
        var mail = Assert.Single(Directory.GetFiles(app.MailFolder, $"*_{link}.eml"));
        var writtenAt = File.GetLastWriteTimeUtc(mail); // a mail that is sent again replaces the file

        await app
            .Services.GetRequiredService<EventTransport>()
            .PublishAsync(
                [new EventRecord(MailedLinkRequested.Type, user.Id.ToString(), ordered.GetRawText(), TraceParent: null)],
                CancellationToken.None
            );
        await app.DrainAsync();

        Assert.Equal(writtenAt, File.GetLastWriteTimeUtc(mail));
    }

    [Fact]
    public async Task An_unprocessable_event_is_dead_lettered_and_the_next_is_processed()
    {
        await using var tenant = await TestTenant.CreateAsync(app, mayLeaveDeadLetters: true);
        var published = TimeProvider.System.GetUtcNow();
        var id = Guid.CreateVersion7(published);
        var poison = new CloudEvent(
            id,
            "/saas",
            DocumentUploaded.Type,
            null,
            DateTimeOffset.UnixEpoch,
            tenant.Id,
            JsonSerializer.SerializeToElement("not an object")
        );
        await app
            .Services.GetRequiredService<EventTransport>()
            .PublishAsync(
                [new EventRecord(DocumentUploaded.Type, tenant.Id.ToString(), poison.ToJson(), TraceParent: null)],
                CancellationToken.None
            );
        var document = await tenant.UploadAsync("after the poison"u8.ToArray());
        await tenant.DrainAsync();

        var dead = await app.InControlAsync(db => db.DeadLetters.SingleAsync(candidate => candidate.EventId == id));
        Assert.Equal(("verify-uploaded-document", 5, tenant.Id), (dead.Consumer, dead.Attempts, dead.TenantId));
        Assert.Contains("not an object", dead.Envelope, StringComparison.Ordinal);
        Assert.True(dead.FailedAt - published > LeastPauses, "the consumer did not wait longer and longer between its attempts");
        using var shown = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.GetProperty("id").GetGuid()}");
        Assert.NotNull((await shown.ReadDataAsync()).GetProperty("file").GetProperty("verified_at").GetString());
    }

    // The state after a crash between commit and notification: the row exists, but no relay was notified.
    private static Task<int> TellNobodyAsync(DbContext db, Guid tenantId)
    {
        var envelope = CloudEvent.Create(
            new TenantCreated(Guid.Empty),
            Guid.CreateVersion7(DateTimeOffset.UnixEpoch),
            tenantId.ToString(),
            DateTimeOffset.UnixEpoch,
            tenantId
        );
        return db.Database.ExecuteSqlAsync(
            $"INSERT INTO outbox (id, type, key, envelope) VALUES ({envelope.Id}, {envelope.Type}, {tenantId.ToString()}, {envelope.ToJson()}::jsonb)"
        );
    }

    private static string Type(JsonElement envelope) => envelope.GetProperty("type").GetString()!;

    private static IEnumerable<Guid> Ids(DbContext db) => db.ChangeTracker.Entries<OutboxMessage>().Select(entry => entry.Entity.Id);

    private async Task<List<long>> LogPositionsAsync(TestTenant tenant, Guid[] ids)
    {
        await tenant.DrainAsync();
        var log = (await LogOfAsync(tenant.Id)).Select(envelope => envelope.GetProperty("id").GetGuid()).ToList();
        return [.. ids.Select(id => (long)log.IndexOf(id))];
    }

    /// <summary>Reads the events that the transport delivered for a tenant, in order.</summary>
    private Task<List<JsonElement>> LogOfAsync(Guid tenantId) => LogAsync("key = $1", tenantId.ToString());

    private async Task<List<JsonElement>> LogAsync(string condition, params string[] values)
    {
#pragma warning disable CA2100 // the conditions come from this class
        await using var command = app
            .Services.GetRequiredService<NpgsqlDataSource>()
            .CreateCommand($"SELECT value FROM event_log WHERE {condition} ORDER BY position");
#pragma warning restore CA2100
        command.Parameters.AddRange(values.Select(value => new NpgsqlParameter { Value = value }).ToArray());
        await using var reader = await command.ExecuteReaderAsync();

        var log = new List<JsonElement>();
        while (await reader.ReadAsync())
        {
            log.Add(JsonDocument.Parse(reader.GetString(0)).RootElement);
        }

        return log;
    }
}
