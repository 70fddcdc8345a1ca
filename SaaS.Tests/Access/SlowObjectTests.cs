using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using SaaS.Core.Documents.Files;
using SaaS.Core.Messaging;
using SaaS.Tests.Fixtures;

namespace SaaS.Tests.Access;

/// <summary>Tests that an object that is slow to read delays no other event and no request of its tenant.</summary>
public sealed class SlowObjectTests(SaaSApp app)
{
    [Fact]
    public async Task A_slow_object_read_does_not_block_other_events_of_the_tenant()
    {
        var content = "read slowly"u8.ToArray();
        await using var tenant = await TestTenant.CreateAsync(app);
        await tenant.UploadAsync(content);
        await tenant.DrainAsync();
        var place = Assert.Single(tenant.Objects);
        File.Delete(place);
        await MakePipeAsync(place); // opening the pipe blocks until something is written to it
        await tenant.UploadAsync(content, "again.pdf"); // the same content: its object is read back once more
        var other = await tenant.UploadOrphanAsync("other"u8.ToArray());
        await Eventually.HoldsAsync(
            () => app.InTenantAsync(tenant.Id, db => db.ConsumedEvents.AnyAsync(one => one.Consumer == MarkUnusedFile.Name)),
            "an event waits for another one's object"
        );
        Assert.True(await app.InTenantAsync(tenant.Id, db => db.Files.AnyAsync(file => file.Id == other)));

        await using (var writing = new FileStream(place, FileMode.Open, FileAccess.Write))
        {
            await writing.WriteAsync(content);
        }

        await tenant.DrainAsync();
        File.Delete(place);
        await File.WriteAllBytesAsync(place, content);
    }

    private static async Task MakePipeAsync(string place)
    {
        using var making = Process.Start("mkfifo", [place]);
        await making.WaitForExitAsync();
        Assert.Equal(0, making.ExitCode);
    }
}
