using System.ComponentModel.DataAnnotations;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using SaaS.Core.Access;
using SaaS.Core.Audit;
using SaaS.Core.Databases;
using SaaS.Platform.Http;
using SaaS.Platform.Secrets;

namespace SaaS.Core.Tenants;

/// <summary>The tenant that is wanted.</summary>
/// <param name="Name">1 to 255 characters; other tenants may have the same name.</param>
public sealed record CreateTenantRequest([Required, OneLine(Tenant.NameMaxLength)] string Name);

internal static class CreateTenant
{
    internal static void Map(RouteGroupBuilder tenants) =>
        tenants.MapPost("", Handle).Refuses(HttpProblems.BadRequest);

    /// <summary>Makes a tenant with a database of its own; whoever makes it is its admin.</summary>
    /// <remarks>The database is ready when the answer arrives.</remarks>
    internal static async Task<Created<Answer<TenantView>>> Handle(
        CreateTenantRequest request, Caller caller, ControlDb db, ProvisionTenant provision, Cipher cipher, TimeProvider clock, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        var database = TenantDatabaseName.Of(request.Name, id);
        var tenant = new Tenant
        {
            Id = id,
            Name = request.Name.Trim(),
            DatabaseName = database,
            DatabaseRole = database,
            SealedDatabasePassword = cipher.Seal(RandomNumberGenerator.GetHexString(64), id, Tenant.PasswordPurpose),
            SchemaVersion = SchemaVersions.Tenant,
            CreatedBy = caller.UserId,
            CreatedAt = now,
            UpdatedAt = now,
        };
        var membership = new Membership { UserId = caller.UserId, TenantId = id, Role = TenantRole.Admin, JoinedAt = now };

        // First the promise, then what it promises: whatever happens in between, RepairProvisioningJob finds the row and finishes.
        db.Tenants.Add(tenant);
        db.Memberships.Add(membership);
        db.Audit.Record(caller.Actor, AuditAction.TenantCreated, id);
        await db.SaveChangesAsync(ct);
        await provision.RunAsync(tenant, ct);

        return Answer.Created($"/api/tenants/{id}", TenantView.Of(tenant, membership), "Tenant created");
    }
}
