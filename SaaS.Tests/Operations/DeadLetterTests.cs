using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Documents;
using SaaS.Core.Documents.Files;
using SaaS.Core.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Operations;

/// <summary>Tests that an operator can list dead letters, and redeliver or discard them.</summary>
public sealed class DeadLetterTests(SaaSApp app)
{
    [Fact]
    public async Task A_dead_letter_is_listed_replayed_and_processed_once()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var operatorHttp = (await TestUser.OperatorAsync(app)).Http;
        var (eventId, document) = await DieAsync(tenant);
        using var listed = await operatorHttp.GetAsync(
            $"/api/admin/events/dead?tenant_id={tenant.Id}&type={DocumentUploaded.Type}&consumer={VerifyUploadedDocument.Name}"
        );
        using var shown = await operatorHttp.GetAsync($"/api/admin/events/dead/{eventId}");
        var entry = Assert.Single((await listed.ReadDataAsync()).GetProperty("events").EnumerateArray());

        Assert.Equal((eventId, "it was tired"), (entry.GetProperty("event_id").GetGuid(), entry.GetProperty("error").GetString()));
        Assert.Equal(document.ToString(), (await shown.ReadDataAsync()).GetProperty("envelope").GetProperty("subject").GetString());

        using var replayed = await operatorHttp.PostAsync($"/api/admin/events/dead/{eventId}/replay", content: null);
        using var again = await operatorHttp.PostAsync($"/api/admin/events/dead/{eventId}/replay", content: null);
        Assert.Equal(HttpStatusCode.OK, replayed.StatusCode);
        Assert.Equal("NOT_FOUND", await again.ReadProblemAsync(HttpStatusCode.NotFound));
        await IsVerifiedAsync(tenant);
        Assert.Equal(
            2,
            await app.InTenantAsync(
                tenant.Id,
                db =>
                    db.AuditEntries.CountAsync(recorded =>
                        recorded.SubjectId == document && recorded.Action == AuditAction.DocumentVerified.Name
                    )
            )
        );
        Assert.Single(
            await app.InControlAsync(db =>
                db.AuditEntries.Where(recorded => recorded.SubjectId == eventId && recorded.Action == AuditAction.EventReplayed.Name)
                    .ToListAsync()
            )
        );
    }

    [Fact]
    public async Task Bulk_replay_affects_only_the_dead_letters_of_the_tenant()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var other = await TestTenant.CreateAsync(app, mayLeaveDeadLetters: true);
        using var operatorHttp = (await TestUser.OperatorAsync(app)).Http;
        await DieAsync(tenant);
        var (left, _) = await DieAsync(other);
        using var replayed = await operatorHttp.PostAsJsonAsync("/api/admin/events/dead/replay", new { tenant_id = tenant.Id });
        var result = await replayed.ReadDataAsync();

        Assert.Equal(
            (1, 0, 0),
            (
                result.GetProperty("replayed").GetInt32(),
                result.GetProperty("unreadable").GetInt32(),
                result.GetProperty("remaining").GetInt32()
            )
        );
        await IsVerifiedAsync(tenant);
        Assert.True(await app.InControlAsync(db => db.DeadLetters.AnyAsync(dead => dead.EventId == left)));
    }

    [Fact]
    public async Task An_unreadable_dead_letter_can_only_be_skipped()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        using var operatorHttp = (await TestUser.OperatorAsync(app)).Http;
        var id = Guid.CreateVersion7(TimeProvider.System.GetUtcNow());
        await AddDeadAsync(id, tenant.Id, "(unreadable)", "nonsense");
        using var shown = await operatorHttp.GetAsync($"/api/admin/events/dead/{id}");
        using var replayed = await operatorHttp.PostAsync($"/api/admin/events/dead/{id}/replay", content: null);
        using var skipped = await operatorHttp.PostAsync($"/api/admin/events/dead/{id}/skip", content: null);
        using var again = await operatorHttp.PostAsync($"/api/admin/events/dead/{id}/skip", content: null);

        Assert.Equal("nonsense", (await shown.ReadDataAsync()).GetProperty("envelope").GetString());
        Assert.Equal("EVENT_UNREADABLE", await replayed.ReadProblemAsync(HttpStatusCode.Conflict));
        Assert.Equal(HttpStatusCode.OK, skipped.StatusCode);
        Assert.Equal("NOT_FOUND", await again.ReadProblemAsync(HttpStatusCode.NotFound));
        Assert.True(
            await app.InControlAsync(db =>
                db.AuditEntries.AnyAsync(recorded => recorded.SubjectId == id && recorded.Action == AuditAction.EventSkipped.Name)
            )
        );
    }

    [Fact]
    public async Task Only_operators_see_dead_letters()
    {
        var user = await TestUser.RegisterAsync(app);
        using var listed = await user.Http.GetAsync("/api/admin/events/dead");
        using var replayed = await user.Http.PostAsJsonAsync("/api/admin/events/dead/replay", new { });

        Assert.Equal("FORBIDDEN", await listed.ReadProblemAsync(HttpStatusCode.Forbidden));
        Assert.Equal("FORBIDDEN", await replayed.ReadProblemAsync(HttpStatusCode.Forbidden));
    }

    // Simulates that the worker has dead-lettered the event: it has had no effect, and a dead letter exists.
    private async Task<(Guid Event, Guid Document)> DieAsync(TestTenant tenant)
    {
        var document = await tenant.UploadAsync("dies and lives"u8.ToArray());
        await tenant.DrainAsync();
        var consumed = await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                var last = await db
                    .ConsumedEvents.OrderByDescending(one => one.ConsumedAt)
                    .FirstAsync(one => one.Consumer == VerifyUploadedDocument.Name);
                await db.ConsumedEvents.Where(one => one.EventId == last.EventId).ExecuteDeleteAsync();
                await db.Files.ExecuteUpdateAsync(set => set.SetProperty(file => file.VerifiedAt, (DateTimeOffset?)null));
                return last;
            }
        );
        var fact = new DocumentUploaded(document.IdOf(), document.GetProperty("file_id").GetGuid(), tenant.Admin.Id, Deduplicated: false);
        var envelope = CloudEvent.Create(fact, consumed.EventId, document.IdOf().ToString(), consumed.ConsumedAt, tenant.Id);
        await AddDeadAsync(consumed.EventId, tenant.Id, VerifyUploadedDocument.Name, envelope.ToJson());
        return (consumed.EventId, document.IdOf());
    }

    private Task<int> AddDeadAsync(Guid id, Guid tenantId, string consumer, string envelope) =>
        app.InControlAsync(db =>
        {
            db.DeadLetters.Add(
                new DeadLetter
                {
                    EventId = id,
                    Consumer = consumer,
                    TenantId = tenantId,
                    Type = DocumentUploaded.Type,
                    Envelope = envelope,
                    Error = "it was tired",
                    Attempts = 5,
                    FailedAt = TimeProvider.System.GetUtcNow(),
                }
            );
            return db.SaveChangesAsync();
        });

    private Task IsVerifiedAsync(TestTenant tenant) =>
        Eventually.HoldsAsync(
            () => app.InTenantAsync(tenant.Id, db => db.Files.AllAsync(file => file.VerifiedAt != null)),
            "the event is not dealt with"
        );
}
