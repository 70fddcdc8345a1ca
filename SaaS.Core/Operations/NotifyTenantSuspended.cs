using Microsoft.EntityFrameworkCore;
using SaaS.Core.Auditing;
using SaaS.Core.Identity.Credentials;
using SaaS.Core.Identity.Credentials.Mails;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;
using SaaS.Core.Tenancy.Members;

namespace SaaS.Core.Operations;

/// <summary>Mails the admins of a tenant that it is suspended and why, and that the suspension is over.</summary>
internal static class NotifyTenantSuspended
{
    internal sealed class OnSuspended(PersonalMail mail) : PlatformEventConsumer<TenantSuspended>
    {
        public const string Name = "notify-tenant-suspended";

        public override async Task ConsumeAsync(TenantSuspended fact, ControlDbContext db, CancellationToken ct)
        {
            var tenant = await db.Tenants.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.TenantId, ct);
            if (tenant is not { Suspension: not TenantSuspension.None })
            {
                return; // resumed or erased meanwhile
            }

            var name = EmailWording.ToOneLine(tenant.Name) ?? "Your tenant";
            var isClosed = tenant.Suspension is TenantSuspension.Closed;
            await SendAsync(
                mail,
                db,
                fact.TenantId,
                fact.SuspensionId,
                new EmailTemplate(
                    isClosed ? "Your tenant was closed" : "Your tenant is read-only",
                    $"The operators have suspended {name}.",
                    [
                        new Paragraph(
                            isClosed
                                ? $"The operators have closed {name}: its members have no access."
                                : $"The operators have made {name} read-only: its members can read, and change nothing."
                        ),
                        new KeyValueTable([new KeyValue("Reason", EmailWording.ToOneLine(tenant.SuspensionReason) ?? "none given")]),
                        new Footnote("No data is removed. You get another mail when the suspension is over."),
                    ]
                ),
                ct
            );
        }
    }

    internal sealed class OnResumed(PersonalMail mail) : PlatformEventConsumer<TenantResumed>
    {
        public const string Name = "notify-tenant-resumed";

        public override async Task ConsumeAsync(TenantResumed fact, ControlDbContext db, CancellationToken ct)
        {
            var tenant = await db.Tenants.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == fact.TenantId, ct);
            if (tenant is not { Suspension: TenantSuspension.None })
            {
                return; // suspended again or erased meanwhile
            }

            var name = EmailWording.ToOneLine(tenant.Name) ?? "Your tenant";
            await SendAsync(
                mail,
                db,
                fact.TenantId,
                fact.SuspensionId,
                new EmailTemplate(
                    "Your tenant is open again",
                    $"The suspension of {name} is over.",
                    [new Paragraph($"The suspension of {name} is over: its members can do again what their roles allow.")]
                ),
                ct
            );
        }
    }

    private static async Task SendAsync(
        PersonalMail mail,
        ControlDbContext db,
        Guid tenantId,
        Guid suspensionId,
        EmailTemplate template,
        CancellationToken ct
    )
    {
        foreach (var admin in await db.ListActiveAdminsAsync(tenantId, ct))
        {
            var id = NamedId.From($"{suspensionId}/{admin.Id}"); // a repeated mail has the same id
            await mail.SendAsync(admin, admin.Email, db, (to, product) => template.ToMailAsync(to, id, product), ct);
        }
    }
}
