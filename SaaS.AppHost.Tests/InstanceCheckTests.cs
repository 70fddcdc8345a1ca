using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using SaaS.AppHost.Lifecycle;
using SaaS.LocalServices;

namespace SaaS.AppHost.Tests;

/// <summary>A health check believes the process that this run started, and no other program on the same port.</summary>
public sealed class InstanceCheckTests
{
    [Theory]
    [InlineData("mine", HttpStatusCode.OK)]
    [InlineData("of another run", HttpStatusCode.MisdirectedRequest)]
    [InlineData(null, HttpStatusCode.MisdirectedRequest)]
    public async Task An_answer_counts_only_with_the_id_of_this_run(string? instance, HttpStatusCode expected)
    {
        var port = Ports.FreeOr(0);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls($"http://127.0.0.1:{port}");
        await using var stranger = builder.Build();
        stranger.Run(http =>
        {
            http.Response.Headers["X-Instance-Id"] = instance;
            return http.Response.WriteAsync("ready");
        });
        await stranger.StartAsync(TestContext.Current.CancellationToken);
        using var http = new HttpClient(new InstanceCheck("mine") { InnerHandler = new SocketsHttpHandler() });

        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"), TestContext.Current.CancellationToken);

        Assert.Equal(expected, answer.StatusCode);
    }
}
