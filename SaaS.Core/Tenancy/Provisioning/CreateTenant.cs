using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using SaaS.Core.Access;
using SaaS.Core.Auditing;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Core.Identity.Accounts;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;
using SaaS.Infrastructure.Encryption;

namespace SaaS.Core.Tenancy.Provisioning;

/// <summary>The tenant to create.</summary>
/// <param name="Name">1 to 255 characters; other tenants may have the same name.</param>
public sealed record CreateTenantRequest([Required, Name(Tenant.NameMaxLength)] string Name);

/// <summary>Creates tenants, for the API and for the command on the server.</summary>
internal sealed class CreateTenant(
    ControlDbContext db,
    TenantDatabases databases,
    Cipher cipher,
    IdempotencyContext idempotency,
    IOptions<TenantOptions> options,
    TimeProvider clock
)
{
    internal static void Map(RouteGroupBuilder tenants) =>
        tenants
            .MapPost("", Handle)
            .Idempotent<CreateTenantRequest>(beforeReplay: WaitUntilReadyAsync)
            .ProducesProblem(HttpProblems.BadRequest, TenantProblems.TooManyTenants, TenantProblems.BeingCreated);

    /// <summary>Creates a tenant with its own database. The current user becomes its admin.</summary>
    /// <remarks>The database is ready when the response arrives.</remarks>
    internal static async Task<Results<Created<ApiResponse<TenantView>>, ProblemResult>> Handle(
        CreateTenantRequest request,
        CurrentUser currentUser,
        CreateTenant create,
        CancellationToken ct
    ) =>
        !(
            await create.RunAsync(DisplayName.Parse(request.Name, Tenant.NameMaxLength), currentUser.UserId, currentUser.Actor, ct)
        ).TryGetValue(out var tenant, out var problem)
            ? problem.ToHttp()
            : CreateResponse(tenant);

    private static Created<ApiResponse<TenantView>> CreateResponse(TenantView tenant) =>
        ApiResponse.Created($"/api/tenants/{tenant.Id}", tenant, "Tenant created");

    public async Task<Result<TenantView>> RunAsync(DisplayName name, Guid adminId, Actor actor, CancellationToken ct)
    {
        // Checked before a key is created, so that a rejected request leaves none behind.
        if (await HasReachedLimitAsync(adminId, ct))
        {
            return TenantProblems.TooManyTenants;
        }

        var now = clock.GetUtcNow();
        var tenant = await PrepareTenantAsync(name, adminId, now, ct);
        var membership = new Membership
        {
            UserId = adminId,
            TenantId = tenant.Id,
            Role = TenantRole.Admin,
            JoinedAt = now,
        };
        var view = TenantView.From(tenant, membership) with { IsActive = true }; // as it is once the database is ready

        // The row is committed first: it is the request to the worker, which finds it even after a crash.
        await using (var transaction = await db.Database.BeginTransactionAsync(ct))
        {
            // Serializes concurrent requests of the account, so that they cannot exceed the limit together.
            await db.Database.ExecuteSqlAsync($"SELECT FROM users WHERE id = {adminId} FOR NO KEY UPDATE", ct);
            if (await HasReachedLimitAsync(adminId, ct))
            {
                return TenantProblems.TooManyTenants;
            }

            db.Tenants.Add(tenant);
            db.Memberships.Add(membership);
            db.Audit.Record(
                tenant.Id,
                actor,
                AuditAction.TenantCreated,
                tenant.Id,
                AuditDetails.Create("name", tenant.Name).With("admin_id", adminId)
            );
            idempotency.StoreResponse(db, CreateResponse(view));
            await db.SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }

        return await databases.CreateAsync(tenant.Id, ct) ? view : TenantProblems.BeingCreated;
    }

    // The stored response already says that the tenant is ready, so a replay has to wait until it is.
    private static async Task<Problem?> WaitUntilReadyAsync(
        IServiceProvider services,
        IdempotencyRecord storedResponse,
        CancellationToken ct
    )
    {
        var databases = services.GetRequiredService<TenantDatabases>();
        var db = services.GetRequiredService<ControlDbContext>();
        var tenantId = Guid.Parse(storedResponse.Location![(storedResponse.Location!.LastIndexOf('/') + 1)..]);
        return
            await db.Tenants.AnyAsync(tenant => tenant.Id == tenantId && tenant.State == TenantState.Provisioning, ct)
            && !await databases.CreateAsync(tenantId, ct)
            ? TenantProblems.BeingCreated
            : null;
    }

    private async Task<bool> HasReachedLimitAsync(Guid adminId, CancellationToken ct) =>
        await db.Tenants.CountAsync(other => other.CreatedBy == adminId, ct) >= options.Value.MaxPerUser;

    private async Task<Tenant> PrepareTenantAsync(DisplayName name, Guid createdBy, DateTimeOffset now, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(now);
        var database = TenantDatabaseName.Create(name, id);
        return new Tenant
        {
            Id = id,
            Name = name,
            DatabaseName = database,
            DatabaseRole = database,
            EncryptedDatabasePassword = await cipher.EncryptAsync(
                RandomNumberGenerator.GetHexString(64),
                id,
                TenantDatabase.PasswordPurpose,
                ct
            ),
            SchemaVersion = SchemaVersions.Tenant,
            CreatedBy = createdBy,
            CreatedAt = now,
            UpdatedAt = now,
        };
    }
}
