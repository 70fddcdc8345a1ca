using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Core.Documents.Files;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Access;

/// <summary>
/// Tests the limits for slow senders: a deadline for bodies; a minimum rate, a timeout and a concurrency limit for uploads, which
/// count against the quota while they arrive.
/// </summary>
public sealed class IncomingUploadTests(SaaSApp app)
{
    private const int Half = 400_000;
    private const int Quota = 1_000_000;

    private static readonly Dictionary<string, string?> Patient = new()
    {
        ["Requests:BodyGrace"] = "00:05:00",
        ["Requests:BodyTimeout"] = "00:05:00",
    };

    [Fact]
    public async Task A_body_that_exceeds_the_timeout_is_rejected_with_408()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(new(Patient) { ["Requests:BodyTimeout"] = "00:00:01" });
        using var held = await HeldRequest.OpenAsync(
            api,
            new(HttpMethod.Patch, tenant.Path) { Content = JsonContent.Create(new { name = "Too late" }) },
            tenant.Admin.AccessToken
        );
        var (status, text) = await held.ReadAsync();

        Assert.Equal(408, status);
        Assert.Contains("REQUEST_TIMEOUT", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Uploads:Timeout", "00:00:01")]
    [InlineData("Requests:BodyGrace", "00:00:02")] // after this period the minimum rate applies
    public async Task An_upload_that_times_out_is_rejected_and_stores_nothing(string key, string value)
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(
            new(Patient)
            {
                ["Uploads:MinBytesPerSecond"] = "1000000000",
                ["Requests:MinBodyBytesPerSecond"] = "1",
                [key] = value,
            }
        );
        using var held = await HoldAsync(api, tenant, tenant.Admin);
        var (status, _) = await held.ReadAsync();

        Assert.Equal(408, status);
        Assert.Empty(tenant.Objects);
        Assert.Equal(0, api.Services.GetRequiredService<IncomingUploads>().GetReceivedBytes(tenant.Id));
    }

    [Fact]
    public async Task Uploads_in_progress_count_against_the_quota()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(Patient);
        var operator_ = await TestUser.OperatorAsync(app);
        using var agreed = await operator_.Http.PutAsJsonAsync($"/api/admin/tenants/{tenant.Id}/quotas", new { max_storage_bytes = Quota });
        Assert.Equal(HttpStatusCode.OK, agreed.StatusCode);
        using var held = await HoldAsync(api, tenant, tenant.Admin);
        await Eventually.HoldsAsync(
            () => Task.FromResult(api.Services.GetRequiredService<IncomingUploads>().GetReceivedBytes(tenant.Id) > Half / 2),
            "the first half does not come"
        );
        using var http = api.NewClient(tenant.Admin.AccessToken);
        using var second = await http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf(ContentOf(Quota - (Half / 4))));
        using var fits = await http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf(ContentOf(Half / 8)));
        var (status, _) = await held.FinishAsync();

        Assert.Equal("QUOTA_EXCEEDED", await second.ReadProblemAsync(HttpStatusCode.Conflict));
        Assert.Equal(["max_storage_bytes"], await second.ReadFieldsAsync(HttpStatusCode.Conflict));
        Assert.Equal((HttpStatusCode.Created, 201), (fits.StatusCode, status));
    }

    [Fact]
    public async Task Concurrent_uploads_are_limited_per_account()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var api = app.StartApi(new(Patient) { ["Uploads:PerAccount"] = "1" });
        var other = await tenant.AddAsync(TenantRole.User);
        using var held = await HoldAsync(api, tenant, tenant.Admin);
        using var mine = api.NewClient(tenant.Admin.AccessToken);
        using var theirs = api.NewClient(other.AccessToken);
        using var more = await mine.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("more"u8.ToArray()));
        using var others = await theirs.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("others"u8.ToArray()));
        var (status, _) = await held.FinishAsync();

        Assert.Equal("TOO_MANY_UPLOADS", await more.ReadProblemAsync(HttpStatusCode.TooManyRequests));
        Assert.Equal((HttpStatusCode.Created, 201), (others.StatusCode, status));
    }

    [Fact]
    public async Task A_hanging_object_store_blocks_only_uploads()
    {
        const int MoreThanATenantHas = 5;
        await using var tenant = await TestTenant.CreateAsync(app);
        await using var store = new SilentServer();
        await using var api = app.StartApi(
            new()
            {
                ["ConnectionStrings:minio"] = $"Endpoint={store.Address};AccessKey=key;SecretKey=secret-of-the-test",
                ["Objects:PublicEndpoint"] = store.Address.ToString(),
            }
        );
        using var http = api.NewClient(tenant.Admin.AccessToken);
        using var givenUp = new CancellationTokenSource();
        var uploads = Enumerable
            .Range(0, MoreThanATenantHas)
            .Select(turn => http.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf([(byte)turn]), givenUp.Token))
            .ToList();
        await Eventually.HoldsAsync(
            () =>
                Task.FromResult(
                    store.Requests.Count(line => line.Contains(tenant.Id.ToString(), StringComparison.Ordinal)) >= MoreThanATenantHas
                ),
            "the uploads do not come to the store"
        );

        using var listed = await http.GetAsync($"{tenant.Path}/documents");
        Assert.Equal(HttpStatusCode.OK, listed.StatusCode);
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(uploads));
        Assert.Equal(0, await app.InTenantAsync(tenant.Id, db => db.Documents.CountAsync()));
    }

    private static Task<HeldRequest> HoldAsync(ApiUnderTest api, TestTenant tenant, TestUser sender) =>
        HeldRequest.OpenAsync(
            api,
            new(HttpMethod.Post, $"{tenant.Path}/documents") { Content = TestTenant.FormOf(ContentOf(2 * Half)) },
            sender.AccessToken
        );

    private static byte[] ContentOf(int length) => System.Security.Cryptography.RandomNumberGenerator.GetBytes(length);
}
