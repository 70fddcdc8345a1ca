using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Core.Tenancy;
using SaaS.Tests.Architecture;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Access;

/// <summary>
/// Tests that every operation with a body that API keys may call is rejected, and changes nothing, when the access of the key ends while
/// the body is being sent.
/// </summary>
public sealed class RevokedKeyDuringRequestTests(SaaSApp app)
{
    public enum Ending
    {
        Revocation,
        Rotation,
        Expiry,
        Demotion,
        Disabling,
        DeletionOfTheAccount,
        DeletionOfTheTenant,
    }

    [Theory]
    [InlineData(Ending.Revocation)]
    [InlineData(Ending.Rotation)]
    [InlineData(Ending.Expiry)]
    [InlineData(Ending.Demotion)]
    [InlineData(Ending.Disabling)]
    [InlineData(Ending.DeletionOfTheAccount)]
    [InlineData(Ending.DeletionOfTheTenant)]
    public async Task An_open_request_is_rejected_without_changes(Ending ending)
    {
        var clock = new ShiftedClock();
        await using var api = app.StartApi(
            new() { ["Requests:BodyGrace"] = "00:05:00", ["Requests:BodyTimeout"] = "00:05:00" },
            ending is Ending.Expiry ? clock : null
        );
        await using var tenant = await TestTenant.CreateAsync(app);
        var ids = await TenantIds.PlantAsync(app, tenant);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.Admin, PlantedKey.AllScopes);
        var operations = (await TenantMatrixTests.ReadOperationsAsync(app))
            .Where(operation => operation.Bodies.Count > 0 && RouteTable.Of(operation.Name).Scope is not null)
            .ToList();
        Assert.Contains(operations, operation => operation.Bodies.Contains("multipart/form-data"));
        var held = new List<(string Name, HeldRequest Request)>();
        foreach (var operation in operations)
        {
            held.Add((operation.Name, await HeldRequest.OpenAsync(api, TenantMatrixTests.RequestOf(operation, ids), key.Secret)));
        }

        if (ending is Ending.Expiry)
        {
            clock.Ahead = TimeSpan.FromDays(365);
        }
        else
        {
            await EndAsync(ending, tenant, key);
        }

        await app.DrainAsync(tenant.Id);
        var before = await ShowAsync(tenant.Id, key.ServiceAccount);
        foreach (var (name, request) in held)
        {
            var (status, text) = await request.FinishAsync();
            Assert.True(ExpectedOf(ending) == status, $"{name} after {ending}: {status} {text}");
            request.Dispose();
        }

        Assert.Equal(before, await ShowAsync(tenant.Id, key.ServiceAccount));
    }

    [Fact]
    public async Task An_upload_waiting_for_a_lock_is_rejected_when_its_key_is_revoked()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.User, ["documents:write"]);
        using var client = app.NewClient(key.Secret);
        var refused = await app.InTenantAsync(
            tenant.Id,
            async db =>
            {
                await using var others = await db.Database.BeginTransactionAsync();
                await db.Database.ExecuteSqlAsync($"SELECT FROM content_usage FOR UPDATE");
                var uploading = client.PostAsync($"{tenant.Path}/documents", TestTenant.FormOf("late"u8.ToArray()));
                await RevokedAccessDuringRequestTests.IsWaitedForAsync(db);
                using var revoked = await tenant.Admin.Http.DeleteAsync(key.PathOf(tenant));
                Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
                await others.RollbackAsync();
                return await uploading;
            }
        );

        Assert.Equal("INVALID_API_KEY", await refused.ReadProblemAsync(HttpStatusCode.Unauthorized));
        Assert.Equal(0, await app.InTenantAsync(tenant.Id, db => db.Documents.CountAsync()));
        Assert.Empty(tenant.Objects);
    }

    [Fact]
    public async Task A_change_waits_for_a_concurrent_revocation_and_is_rejected()
    {
        await using var tenant = await TestTenant.CreateAsync(app);
        var newcomer = await TestUser.RegisterAsync(app);
        var key = await PlantedKey.CreateAsync(tenant, TenantRole.Admin, ["members:write"]);
        using var client = app.NewClient(key.Secret);
        var refused = await app.InControlAsync(async db =>
        {
            await using var ending = await db.Database.BeginTransactionAsync();
            await db.Database.ExecuteSqlAsync($"UPDATE api_keys SET revoked_at = now() WHERE id = {key.Id}");
            var adding = client.PostAsJsonAsync($"{tenant.Path}/users", new { user_id = newcomer.Id, role = "admin" });
            await RevokedAccessDuringRequestTests.IsWaitedForAsync(db);
            await ending.CommitAsync();
            return await adding;
        });

        Assert.Equal("INVALID_API_KEY", await refused.ReadProblemAsync(HttpStatusCode.Unauthorized));
        Assert.False(await app.InControlAsync(db => db.Memberships.AnyAsync(member => member.UserId == newcomer.Id)));
    }

    private static int ExpectedOf(Ending ending) =>
        ending switch
        {
            Ending.DeletionOfTheTenant => 404,
            Ending.Demotion => 403,
            _ => 401,
        };

    private static async Task EndAsync(Ending ending, TestTenant tenant, PlantedKey key)
    {
        using var answer = ending switch
        {
            Ending.Revocation => await tenant.Admin.Http.DeleteAsync(key.PathOf(tenant)),
            Ending.Rotation => await tenant.Admin.Http.PostAsJsonAsync($"{key.PathOf(tenant)}/rotate", new { overlap_seconds = 0 }),
            Ending.Demotion => await tenant.Admin.Http.PatchAsJsonAsync(key.AccountPath(tenant), new { role = "viewer" }),
            Ending.Disabling => await tenant.Admin.Http.PatchAsJsonAsync(key.AccountPath(tenant), new { is_enabled = false }),
            Ending.DeletionOfTheAccount => await tenant.Admin.Http.DeleteAsync(key.AccountPath(tenant)),
            _ => await tenant.Admin.Http.DeleteAsync(tenant.Path),
        };
        Assert.True(answer.IsSuccessStatusCode, $"{ending}: {await answer.Content.ReadAsStringAsync()}");
    }

    // Returns the rows that these operations could change as text, without the audit entries of the rejections.
    private async Task<string> ShowAsync(Guid tenantId, Guid accountId)
    {
        var actor = $"service_account:{accountId}";
        var control = await app.InControlAsync(db =>
            db.Database.SqlQuery<string>(
                    $"""
                    SELECT row_text AS "Value" FROM (
                        SELECT t::text AS row_text FROM tenants t WHERE id = {tenantId}
                        UNION ALL SELECT m::text FROM memberships m WHERE tenant_id = {tenantId}
                        UNION ALL SELECT i::text FROM idempotency_records i WHERE user_id = {accountId}
                        UNION ALL SELECT a::text FROM audit_entries a WHERE actor = {actor} AND action <> 'access.denied') AS everything ORDER BY row_text
                    """
                )
                .ToListAsync()
        );
        var tenant = await app.InTenantAsync(
            tenantId,
            db =>
                db.Database.SqlQuery<string>(
                        $"""
                        SELECT row_text AS "Value" FROM (
                            SELECT f::text AS row_text FROM files f UNION ALL SELECT d::text FROM documents d UNION ALL SELECT c::text FROM content_usage c
                            UNION ALL SELECT a::text FROM audit_entries a WHERE actor = {actor}) AS everything ORDER BY row_text
                        """
                    )
                    .ToListAsync()
        );
        return string.Join('\n', control.Concat(tenant));
    }
}
