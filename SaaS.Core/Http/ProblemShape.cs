using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace SaaS.Core.Http;

/// <summary>Every refusal, whoever writes it, has the shape of <see cref="ProblemBody"/>.</summary>
public static class ProblemShape
{
    public static void AddProblemShape(this IServiceCollection services)
    {
        services.AddSingleton<IProblemDetailsWriter, ProblemDetailsAdapter>(); // before the framework's own: the first that can write, writes
        services.AddProblemDetails();
        services.AddExceptionHandler<UnexpectedErrors>();
        // What binding refuses is thrown in every environment, so that one place can say which field was wrong.
        services.Configure<RouteHandlerOptions>(options => options.ThrowOnBadRequest = true);
    }

    /// <summary>Turns what is thrown below it, and the framework's bare 400, 404, 405 and 415, into problems.</summary>
    public static void UseProblemShape(this IApplicationBuilder app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages(context =>
        {
            var status = context.HttpContext.Response.StatusCode;
            var problem = status == StatusCodes.Status400BadRequest ? RequestProblems.OfUnread(context.HttpContext) : HttpProblems.OfStatus(status);
            // A status that has no problem of its own (412, say) is left as it is.
            return ProblemResult.StatusOf(problem.Kind) == status
                ? problem.ToHttp().ExecuteAsync(context.HttpContext)
                : Task.CompletedTask;
        });
    }
}
