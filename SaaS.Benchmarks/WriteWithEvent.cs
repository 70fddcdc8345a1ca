using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using SaaS.Core;
using SaaS.Core.Access;
using SaaS.Core.Documents;
using SaaS.Core.Messaging;
using SaaS.Core.Persistence;
using SaaS.Core.Tenancy.Catalog;

namespace SaaS.Benchmarks;

/// <summary>The cost of publishing an event with a change: outbox row, position, pending-tenant marker and notification.</summary>
internal static class WriteWithEvent
{
    private const int PerRound = 500;

    internal static readonly Figure Figure = new(
        "write-with-event",
        "p50 of the transaction that renames a document ÷ the same without its event",
        "ms",
        Goal.AtMost(1.4),
        MeasureAsync
    );

    private static async Task<Measured> MeasureAsync(SystemUnderMeasurement system, CancellationToken ct)
    {
        using var http = system.NewClient();
        var owner = await Tenants.StartAsync(http, system, ct);
        var tenant = await owner.CreateAsync(ct);
        var document = await Uploads.SendAsync(http, system.Api, owner, tenant, new GeneratedContent(1), ct);
        using var host = NewHost(system);

        return await Rounds.InterleaveAsync(
            ours: async _ => Numbers.Median(await RenameAsync(withEvent: true)),
            anchor: async _ => Numbers.Median(await RenameAsync(withEvent: false)),
            system,
            ct
        );

        async Task<double[]> RenameAsync(bool withEvent)
        {
            var took = new double[PerRound];
            for (var turn = 0; turn < PerRound; turn++)
            {
                await using var services = host.Services.CreateAsyncScope();
                var scope = await services.ServiceProvider.GetRequiredService<SystemTenantAccess>().GetScopeAsync(tenant, Actor.Relay, ct);
                await using var db = await services.ServiceProvider.GetRequiredService<TenantDbFactory>().OpenAsync(scope!, ct);
                var began = Stopwatch.GetTimestamp();
                await using var transaction = await db.Database.BeginTransactionAsync(ct);
                var entity = await db.Documents.SingleAsync(one => one.Id == document, ct);
                entity.Filename = $"{began}.txt";
                if (withEvent)
                {
                    db.Outbox.Add(new DocumentUpdated(document, entity.UserId), subject: document);
                }

                await db.SaveChangesAsync(ct);
                await transaction.CommitAsync(ct);
                took[turn] = Stopwatch.GetElapsedTime(began).TotalMilliseconds;
            }

            return took;
        }
    }

    // Measured in this process, because the rest of an HTTP request would hide the difference.
    private static IHost NewHost(SystemUnderMeasurement system)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(
            system.Settings.Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), setting.Value))
        );
        builder.AddCore();
        return builder.Build();
    }
}
