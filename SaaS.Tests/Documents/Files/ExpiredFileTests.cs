using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Auditing;
using SaaS.Core.Documents.Files;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Documents.Files;

/// <summary>Tests how the jobs treat expired files, orphaned objects, and files whose object is missing.</summary>
public sealed class ExpiredFileTests(SaaSApp app)
{
    [Fact]
    public async Task An_unused_file_is_deleted_only_after_its_retention_period()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadOrphanAsync("orphan"u8.ToArray());
        await tenant.UploadAsync("shown"u8.ToArray());
        await tenant.DrainAsync();
        Assert.NotNull(await HintAsync(tenant));

        await RemoveAsync(tenant, TimeSpan.FromHours(23));
        Assert.Equal(2, await CountFilesAsync(tenant));

        await RemoveAsync(tenant, TimeSpan.FromHours(25));
        await tenant.DrainAsync();
        Assert.Equal((1, 1), (await CountFilesAsync(tenant), tenant.Objects.Count));
        Assert.Null(await HintAsync(tenant));
    }

    [Fact]
    public async Task A_file_that_is_used_again_is_kept()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var file = await tenant.UploadOrphanAsync("again"u8.ToArray());
        await tenant.DrainAsync();
        var document = await tenant.UploadAsync("again"u8.ToArray());
        await RemoveAsync(tenant, TimeSpan.FromDays(2));

        Assert.Equal(file, document.GetProperty("file_id").GetGuid());
        Assert.Equal(1, await CountFilesAsync(tenant));
        Assert.Null(await HintAsync(tenant)); // no unused file is left
    }

    [Fact]
    public async Task Garbage_collection_deletes_only_old_orphaned_objects()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync("known"u8.ToArray());
        var known = Assert.Single(tenant.Objects);
        var unknown = known.Replace(Path.GetFileName(known), $"{new string('0', 32)}_{tenant.Id}", StringComparison.Ordinal);
        var unfinished = $"{unknown}.x.part";
        await File.WriteAllTextAsync(unknown, "litter");
        await File.WriteAllTextAsync(unfinished, "litter");

        await SweepAsync(tenant, TimeSpan.FromHours(23));
        Assert.Equal(3, tenant.Objects.Count);
        Assert.Equal((2, 0), await SweepAsync(tenant, TimeSpan.FromHours(25)));

        Assert.Equal([known], tenant.Objects);
    }

    [Fact]
    public async Task Garbage_collection_audits_a_missing_object_and_the_API_reports_it()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var document = await tenant.UploadAsync("lost"u8.ToArray());
        await tenant.DrainAsync();
        File.Delete(Assert.Single(tenant.Objects));
        await SweepAsync(tenant, TimeSpan.Zero);
        using var content = await tenant.Admin.Http.GetAsync($"{tenant.Path}/documents/{document.IdOf()}/content");

        Assert.True(
            await app.InTenantAsync(
                tenant.Id,
                db =>
                    db.AuditEntries.AnyAsync(entry =>
                        entry.Action == AuditAction.FileObjectMissing.Name && entry.SubjectId == document.GetProperty("file_id").GetGuid()
                    )
            )
        );
        Assert.Equal("CONTENT_MISSING", await content.ReadProblemAsync(HttpStatusCode.NotFound));
    }

    [Fact]
    public async Task Garbage_collection_finds_unused_files_whose_marker_was_lost()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadOrphanAsync("forgotten"u8.ToArray());
        await tenant.DrainAsync();
        await app.InControlAsync(db => db.UnusedFileMarkers.Where(hint => hint.TenantId == tenant.Id).ExecuteDeleteAsync());
        await SweepAsync(tenant, TimeSpan.Zero);

        Assert.NotNull(await HintAsync(tenant));
    }

    /// <summary>Covers a slow writer that commits in the meantime, or another run that is first.</summary>
    [Fact]
    public async Task Garbage_collection_tolerates_an_upload_that_completes_meanwhile()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var sweeping = await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                var now = TimeProvider.System.GetUtcNow();
                db.Add(
                    new UnfinishedUpload
                    {
                        FileId = Guid.CreateVersion7(now),
                        Md5Hash = new string('a', 32),
                        BegunAt = now,
                    }
                );
                await db.SaveChangesAsync();
                await using var ending = await db.Database.BeginTransactionAsync();
                await db.UnfinishedUploads.ExecuteDeleteAsync();
                var begun = SweepAsync(tenant, TimeSpan.FromHours(25));
                await Eventually.HoldsAsync(
                    async () =>
                        await db
                            .Database.SqlQuery<bool>(
                                $"""SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid') AS "Value" """
                            )
                            .SingleAsync(),
                    "the collection does not reach the row"
                );
                await ending.CommitAsync();
                return begun;
            }
        );

        Assert.Equal((0, 0), await sweeping);
    }

    private Task<UnusedFileMarker?> HintAsync(TestTenant tenant) =>
        app.InControlAsync(db => db.UnusedFileMarkers.AsNoTracking().SingleOrDefaultAsync(hint => hint.TenantId == tenant.Id));

    private Task<int> CountFilesAsync(TestTenant tenant) => app.InTenantAsync(tenant.Id, db => db.Files.CountAsync());

    // Runs the jobs at a later time for this tenant alone, because the other tenants belong to other tests.
    private async Task RemoveAsync(TestTenant tenant, TimeSpan later)
    {
        await using var api = app.StartApi(clock: new ShiftedClock { Ahead = later });
        await using var scope = api.Services.CreateAsyncScope();
        var due = await scope
            .ServiceProvider.GetRequiredService<UnusedFileMarkers>()
            .ListDueAsync(DateTimeOffset.MaxValue.AddYears(-1), int.MaxValue, TestContext.Current.CancellationToken);
        await scope
            .ServiceProvider.GetRequiredService<PurgeUnusedFiles>()
            .RunAsync(due.Single(hint => hint.TenantId == tenant.Id), TestContext.Current.CancellationToken);
    }

    private async Task<(int Orphaned, int Missing)> SweepAsync(TestTenant tenant, TimeSpan later)
    {
        await using var api = app.StartApi(clock: new ShiftedClock { Ahead = later });
        await using var scope = api.Services.CreateAsyncScope();
        return await scope
            .ServiceProvider.GetRequiredService<CollectOrphanedObjects>()
            .RunAsync(tenant.Id, TestContext.Current.CancellationToken);
    }
}
